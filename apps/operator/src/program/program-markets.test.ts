import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyExample } from '@surety/config';
import { afterAll, describe, expect, it } from 'vitest';
import { MARKET_ACTS } from '../markets/market-acts.js';
import { runSurety } from '../testing/run-surety.js';

const undeployed = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'surety-markets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A configuration file of the linter's example network, changed. */
function fileOf(changes: Record<string, unknown>): string {
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(applyExample(changes)));
  return file;
}

const run = (argv: readonly string[], SURETY_CONFIG = undeployed, environment: Record<string, string> = {}) =>
  runSurety(argv, { environment: { SURETY_CONFIG, ...environment } });

describe('surety market', () => {
  it('has a command for each act, and needs what the act needs', async () => {
    const help = await run(['market', '--help']);
    expect(help.code).toBe(0);
    for (const { name, by } of MARKET_ACTS) expect(help.output).toMatch(new RegExp(`${name} .*\\[${by}\\]`));
    const misused = await run(['market', 'borrow', 'usdc', '--json']);
    expect([misused.code, misused.told]).toEqual([
      2,
      '{"error":{"code":"BAD_USE","message":"required option \'--amount <decimal>\' not specified"}}',
    ]);
  });

  it('refuses a network without a deployment, and lists nothing for one without markets', async () => {
    expect(await run(['markets'])).toMatchObject({ code: 2, told: expect.stringContaining('has no settlement part') });
    const bare = fileOf({ 'settlement.markets': null });
    expect(await run(['markets'], bare)).toEqual({
      code: 0,
      output: 'chains.config.json names no market\n',
      told: '',
    });
    expect((await run(['market', 'show', 'usdc'], bare)).told).toContain(
      '"usdc" is no market; expected one of settlement.markets in chains.config.json: none',
    );
  });

  it('says which variable to set where no provider of its chain is at hand', async () => {
    const { code, told } = await run(['market', 'show', 'usdc'], fileOf({}));
    expect([code, told]).toEqual([
      1,
      'surety: NO_PROVIDER: no provider of base has a URL; set one of RPC_URL_BASE_1, RPC_URL_BASE_2, RPC_URL_BASE_3, RPC_URL_BASE_4',
    ]);
  });
});
