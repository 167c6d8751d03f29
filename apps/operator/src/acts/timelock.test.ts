import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeFunctionData } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';
import { SERVED_KEY, type ServedOperation, servedId, serveTimelockedVault } from '../testing/serve-timelocked-vault.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-timelock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
const network = exampleNetwork();
Object.assign(network, { profile: 'development' });
for (const chain of network.chains) Object.assign(chain, { blockTimeMs: 20 });
writeFileSync(file, JSON.stringify(network));

const feeOf = (feeBp: number): ServedOperation => ({
  data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'setLockFee', args: [1, feeBp] }),
});
const [one, other] = [feeOf(1), feeOf(2)];
const signed = { ...feeOf(3), isBeyondVeto: true };
const ids = [one, other, signed].map(servedId);
const [first = servedId(one), second = first, last = first] = ids;
const BEYOND = `${last} is beyond veto: k attesters signed it, and it was cancelled twice; nobody can cancel it`;

/** Runs a command of a timelock where all three wait, and a transaction cancels these. */
async function timelock(cancels: readonly Bytes32[], ...command: string[]): Promise<SuretyRun> {
  const served = { chainId: 1, timeS: 1_800_000_000n, operations: [one, other, signed], cancels };
  const url = await serveTimelockedVault(served, closing);
  const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_ETHEREUM_1: url };
  return runSurety(['timelock', ...command, '--chain', 'ethereum'], { environment, clock: systemClock });
}

describe('an operation with a time that no calendar has', () => {
  // Who has a proposer's key may write any word; the guardian's veto must not depend on it.
  const quarantine = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'quarantine', args: [0] });
  const poisoned: ServedOperation = {
    data: `0x${quarantine.slice(2, 10)}${(2n ** 53n - 1n).toString(16).padStart(64, '0')}`,
  };
  const id = servedId(poisoned);

  it.each([
    ['is listed beside others', ['list'], '9007199254740991'],
    ['is listed in JSON', ['list', '--json'], '9007199254740991'],
    ['is cancelled', ['cancel', id, '--yes'], '0x'],
    ['is cancelled with others', ['cancel', id, first, '--yes'], '0x'],
  ])('%s', async (_name, command, told) => {
    const served = { chainId: 1, timeS: 1_800_000_000n, operations: [one, poisoned], cancels: [first, id] };
    const url = await serveTimelockedVault(served, closing);
    const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_ETHEREUM_1: url };
    const run = await runSurety(['timelock', ...command, '--chain', 'ethereum'], { environment, clock: systemClock });
    expect([run.code, run.output]).toEqual([0, expect.stringContaining(told)]);
  });
});

describe('a provider that tells no logs', () => {
  it('keeps nobody from a veto, which needs no more than ids', async () => {
    const served = { chainId: 1, timeS: 1_800_000_000n, operations: [one], cancels: [first], refusesLogs: true };
    const url = await serveTimelockedVault(served, closing);
    const environment = { SURETY_CONFIG: file, SURETY_KEY: SERVED_KEY, RPC_URL_ETHEREUM_1: url };
    const command = ['timelock', 'cancel', first, '--yes', '--chain', 'ethereum'];
    const run = await runSurety(command, { environment, clock: systemClock });
    expect([run.code, run.output]).toEqual([0, expect.stringContaining(`cancel ${first} (no log tells its calls)`)]);
  });
});

describe('operations that wait', () => {
  it('are marked in the list where nobody can cancel them', async () => {
    const { output } = await timelock([], 'list');
    expect(output.match(/beyond veto/g)).toHaveLength(1);
    expect(output.slice(output.indexOf(last))).toContain('    beyond veto: k attesters signed it');
    const { timelocks } = JSON.parse((await timelock([], 'list', '--json')).output) as {
      timelocks: { operations: { isBeyondVeto: boolean }[] }[];
    };
    expect(timelocks[0]?.operations.map(({ isBeyondVeto }) => isBeyondVeto)).toEqual([false, false, true]);
  });

  it('are all cancelled', async () => {
    const run = await timelock([first, second], 'cancel', first, second, '--yes', '--json');
    expect([run.code, JSON.parse(run.output)]).toEqual([
      0,
      expect.objectContaining({ operations: [first, second], cancelled: [first, second], standing: [] }),
    ]);
  });

  it('are not cancelled by a dry run, which names them', async () => {
    const { output } = await timelock([], 'cancel', first, second, '--dry-run', '--json');
    expect(JSON.parse(output)).toMatchObject({ operations: [first, second], cancelled: [], txHash: null });
    expect((await timelock([], 'cancel', first, '--dry-run')).output).toContain('feeBp 1');
  });

  it.each(['--dry-run', '--yes'])('are named with %s where they stand beyond veto', async (how) => {
    const run = await timelock([first, second], 'cancel', ...ids, how);
    expect([run.code, run.told]).toEqual([1, expect.stringContaining(`ACT_REFUSED: ${BEYOND}; surety timelock list`)]);
    expect(run.output).toContain(`\n${BEYOND}\n`);
  });

  it('are named where the call skipped them', async () => {
    const run = await timelock([first], 'cancel', first, second, '--yes', '--json');
    const standing = [`no event of it shows that ${second} was cancelled`];
    expect([run.code, JSON.parse(run.output)]).toEqual([1, expect.objectContaining({ cancelled: [first], standing })]);
  });

  it('cost no transaction where none of them can be cancelled', async () => {
    const run = await timelock([], 'cancel', last, '--yes');
    expect([run.code, run.output]).toEqual([1, '']);
    expect(run.told).toContain(`ACT_REFUSED: ${BEYOND}; nothing was sent`);
  });
});
