import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { accountId, address } from '@surety/domain';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { SERVED_KEY, servedRecord, serveTimelockedVault } from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-owner-acts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));

describe('a transfer', () => {
  it('names its recipient, not the ledger that is called', async () => {
    const views = { lineOf: servedRecord('lineOf', { amount: 10n ** 12n }) };
    const url = await serveTimelockedVault({ chainId: 8453, timeS: 1_800_000_000n, views }, closing);
    const owner = address(`0x${'ef'.repeat(20)}`);
    const command = ['transfer', '--chain', 'ethereum', '--asset', 'USDC', '--amount', '1', '--to', owner];
    const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_BASE_1: url };
    const { output } = await runSurety([...command, '--dry-run', '--json'], { environment });
    expect(JSON.parse(output)).toMatchObject({ to: accountId({ owner, home: 0, sub: 0n }), amount: '1000000' });
  });
});
