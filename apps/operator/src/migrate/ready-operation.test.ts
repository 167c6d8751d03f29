import { operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import { type Hex, ZERO_WORD, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, encodeErrorResult, encodeEventTopics } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, describe, expect, it } from 'vitest';
import { serveCalls } from '../testing/serve-calls.js';
import type { StepReport } from './migration.js';
import { actStep } from './migration-steps.js';
import { runMigration } from './run-migration.js';

const NOW_S = 1_800_000_000n;
const [lock, vault] = [address(`0x${'77'.repeat(20)}`), address(`0x${'cc'.repeat(20)}`)];
const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));

/** Runs one step whose operation is ready, at a timelock that refuses to execute it with some data or takes it. */
async function runReady(refusal: Hex | undefined, account?: ReturnType<typeof privateKeyToAccount>) {
  const url = await serveCalls(() => refusal, closing);
  const words = { title: 'policy', at: vault, isDone: async () => false };
  const { call } = actStep('vault', 'setWitnessPolicy', [1], { ...words, target: {} as never });
  const id = operationId([call.to, 0n, call.data, ZERO_WORD, ZERO_WORD]);
  const log = {
    address: lock,
    topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallScheduled', args: { id, index: 0n } }),
    data: encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'uint256' }],
      [call.to, 0n, call.data, ZERO_WORD, 1n],
    ),
  };
  const views: Record<string, unknown> = {
    governor: lock,
    guardian: `0x${'92'.repeat(20)}`,
    getMinDelay: 172_800n,
    getRoleMembers: [`0x${'00'.repeat(20)}`],
    PROPOSER_ROLE: ZERO_WORD,
    CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD,
    pendingOperations: [id],
    isSlow: true,
    getOperationState: 2,
    getTimestamp: NOW_S,
    expiryOf: NOW_S + 86_400n,
    isOperationDone: false,
  };
  const reader = {
    getBlock: async () => ({ timestamp: NOW_S, number: 10n }),
    getBlockNumber: async () => 10n,
    getLogs: async () => [log],
    getCode: async ({ address: at }: { address: string }) => (at === lock ? suretyTimelockCode.runtime : '0x01'),
    readContract: async ({ functionName }: { functionName: string }) => views[functionName],
  };
  const chain = { chainId: 900, name: 'settlement', limits: { logRangeMax: 1000 }, blockTimeMs: 1000, providers: [{}] };
  const target = { chain, endpoints: [{ name: 'p', url }], clock: systemClock, reader } as never;
  const told: StepReport[] = [];
  const step = actStep('vault', 'setWitnessPolicy', [1], { ...words, target });
  const run = {
    terminal: { environment: {}, clock: systemClock, tell: () => undefined },
    options: { dryRun: true },
    config: {},
    account,
    tell: (report: StepReport) => void told.push(report),
  };
  const failure = await runMigration({ title: 'it', steps: [step], afterwards: async () => [] }, run as never).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { id, told, failure };
}

describe('a step whose operation is ready', () => {
  it('is open where the timelock would execute it', async () => {
    const { id, told, failure } = await runReady(undefined);
    expect(failure).toBeUndefined();
    expect(told.map(({ state, note }) => [state, note.startsWith(`${id} is ready, until`)])).toEqual([['open', true]]);
  });

  it('is refused where what it replaces was touched meanwhile, and says what frees the way', async () => {
    const data = encodeErrorResult({
      abi: suretyTimelockAbi,
      errorName: 'ReplacedMeanwhile',
      args: [ZERO_WORD, `0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`],
    });
    for (const account of [undefined, privateKeyToAccount(`0x${'ab'.repeat(32)}`)]) {
      const { id, told, failure } = await runReady(data, account);
      expect(told).toEqual([]);
      expect(failure).toMatchObject({
        code: 'ACT_REFUSED',
        message: expect.stringMatching(
          new RegExp(`ReplacedMeanwhile.*surety timelock cancel ${id} --chain settlement as guardian, then run again`),
        ),
      });
    }
  });

  it('is refused with the contract’s own reason otherwise', async () => {
    const data = encodeErrorResult({
      abi: suretyTimelockAbi,
      errorName: 'TimelockUnexpectedOperationState',
      args: [ZERO_WORD, ZERO_WORD],
    });
    const { failure } = await runReady(data);
    expect(failure).toMatchObject({
      message: expect.stringContaining('it may be executed until 2027-01-16T08:00:00.000Z'),
    });
  });
});
