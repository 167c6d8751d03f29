import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { afterAll, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-relay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));

/** Everybody is asked at an address where nobody answers. */
const NOBODY = 'http://127.0.0.1:9';
const AWAY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    exampleNetwork().chains.flatMap(({ providers }) => providers.map(({ urlEnv }) => [urlEnv, NOBODY])),
  ),
  SURETY_AGGREGATOR_URLS: NOBODY,
};

const relay = (
  argv: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  onTold?: (line: string) => void,
) =>
  runSurety(['relay', '--yes', '--json', ...argv], {
    ...(onTold && { onTold }),
    environment: { ...more, SURETY_CONFIG: file, SURETY_PROFILE: 'development', SURETY_KEY: `0x${'01'.repeat(32)}` },
  });

describe('an edge that cannot be relayed', () => {
  it('holds up no other, and all are told', async () => {
    const { code, told, output } = await relay();
    expect(JSON.parse(output)).toMatchObject({
      edges: [],
      failed: [
        { what: 'ethereum → base', code: 'NO_PROVIDER', reason: expect.stringContaining('no provider of base') },
        { what: 'base → ethereum', code: 'NO_PROVIDER', reason: expect.stringContaining('no provider of ethereum') },
      ],
    });
    expect([code, told]).toEqual([1, expect.stringContaining('RELAY_REFUSED')]);
  });

  it('asks for another try where each of them fails in passing', async () => {
    const { code, told, output } = await relay([], AWAY);
    const failed = [{ code: 'RPC_UNAVAILABLE' }, { code: 'RPC_UNAVAILABLE' }];
    expect(JSON.parse(output)).toMatchObject({ edges: [], failed });
    expect([code, told]).toEqual([75, expect.stringContaining('"code":"RPC_UNAVAILABLE"')]);
  });

  it('does not hide what ended the run, though one before it failed in passing', async () => {
    const onTold = (line: string): void => {
      if (line.startsWith('base → ethereum')) throw new TypeError('nobody foresaw it');
    };
    const { code, told } = await relay([], AWAY, onTold);
    expect([code, told]).toEqual([1, expect.stringContaining('nobody foresaw it')]);
  });

  it('ends the run with its own failure where it is the only one', async () => {
    const { code, told, output } = await relay(['--direction', 'to-vault']);
    expect([code, output, told]).toEqual([1, '', expect.stringContaining('"code":"NO_PROVIDER"')]);
  });
});
