import { fileURLToPath } from 'node:url';
import { operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import { type Hex, ZERO_WORD, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, encodeErrorResult, encodeEventTopics } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, describe, expect, it } from 'vitest';
import type { ActTarget } from '../acts/find-target.js';
import { openConfig } from '../chains/open-config.js';
import { serveCalls } from '../testing/serve-calls.js';
import type { Terminal } from '../terminal/terminal.js';
import type { CheckStep, Migration, MigrationStep, StepReport } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import { runMigration } from './run-migration.js';

const NOW_S = 1_800_000_000n;
const [lock, vault] = [address(`0x${'77'.repeat(20)}`), address(`0x${'cc'.repeat(20)}`)];
const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));
const config = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));
const reader = {
  getBlock: async () => ({ timestamp: NOW_S }),
  getCode: async () => undefined,
} as unknown as ActTarget['reader'];
const target = { chain: { name: 'alpha' }, endpoints: [], reader } as unknown as ActTarget;
const check = (title: string, problems: readonly string[], isPast?: () => Promise<boolean>): CheckStep => ({
  kind: 'check',
  title,
  target,
  problems: async () => problems,
  ...(isPast === undefined ? {} : { isPast }),
});
const wait = (title: string, until: bigint): MigrationStep => ({
  kind: 'wait',
  title,
  target,
  until: async () => until,
});

async function run(
  steps: readonly MigrationStep[],
  account?: PrivateKeyAccount,
): Promise<{ told: StepReport[]; failure: unknown }> {
  const told: StepReport[] = [];
  const migration: Migration = { title: 'it', steps, afterwards: async () => [] };
  const given = {
    terminal: {} as Terminal,
    options: { dryRun: true },
    config: openConfig({ environment: { SURETY_CONFIG: config }, clock: systemClock }),
    account,
    tell: (report: StepReport) => void told.push(report),
  };
  const failure = await runMigration(migration, given).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { told, failure };
}

describe('a migration', () => {
  it('ends at the first check that does not hold, before anything after it', async () => {
    const { told, failure } = await run([
      check('one', []),
      check('two', ['seen 1; expected 2', 'seen 3; expected 4']),
      check('three', []),
    ]);
    expect(told.map(({ state }) => state)).toEqual(['done', 'refused']);
    expect(failure).toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: 'step 2, two (alpha): seen 1; expected 2; seen 3; expected 4',
    });
  });

  it('asks no check while a step before it waits, and none that is past', async () => {
    const { told, failure } = await run([
      check('past', ['never asked'], async () => true),
      wait('over', NOW_S),
      wait('ahead', NOW_S + 1n),
      check('behind', ['not asked yet']),
      wait('later', 0n),
    ]);
    expect(failure).toBeUndefined();
    expect(told.map(({ state }) => state)).toEqual(['done', 'done', 'waiting', 'later', 'later']);
    expect(told[2]?.note).toBe('until 2027-01-15T08:00:01.000Z');
  });

  it('shows a contract that is not there as open, and what acts at it as later', async () => {
    const at = `0x${'aa'.repeat(20)}` as const;
    const creation: MigrationStep = {
      kind: 'create',
      title: 'vault',
      target,
      address: at,
      salt: `0x${'00'.repeat(32)}` as never,
      initCode: '0x6000',
    };
    const act = actStep('vault', 'setWitnessPolicy', [1], {
      title: 'policy',
      target,
      at: at as never,
      isDone: async () => false,
    });
    const { told } = await run([creation, creation, act]);
    expect(told.map(({ state, note }) => [state, note])).toEqual([
      ['open', `${at}, 2 bytes`],
      ['later', at],
      ['later', `calls ${at}`],
    ]);
  });

  it('leaves a call with nothing in front of it to the one person who may make it, once all before it is done', async () => {
    const [by, other] = ['aa', 'bb'].map((pair) => privateKeyToAccount(`0x${pair.repeat(32)}`));
    const build = (isDone: boolean): MigrationStep => ({
      kind: 'direct',
      title: 'build',
      target,
      by: (by?.address.toLowerCase() ?? '0x') as never,
      call: { to: `0x${'cc'.repeat(20)}` as never, data: '0x1234' },
      isDone: async () => isDone,
    });
    const dry = await run([build(true), build(false), build(false)]);
    expect(dry.told.map(({ state, call }) => [state, call?.data])).toEqual([
      ['done', undefined],
      ['open', '0x1234'],
      ['later', undefined],
    ]);
    const [left] = (await run([build(false)], other)).told;
    expect([left?.state, left?.note, left?.who]).toEqual([
      'left',
      `the key is ${other?.address.toLowerCase()}`,
      `${by?.address.toLowerCase()} itself`,
    ]);
  });

  it('has steps of acts that the table knows alone', () => {
    const words = { title: '', target, at: `0x${'aa'.repeat(20)}` as never, isDone: async () => false };
    expect(() => actStep('vault', 'drain', [], words)).toThrowError('vault.drain is no act of this build');
    expect(differing('it', 1n, '1')).toEqual([]);
    expect(differing('it', '0xAB', '0xac')).toEqual(['it is 0xab; expected 0xac']);
  });
});

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
  const timelocked = {
    getBlock: async () => ({ timestamp: NOW_S, number: 10n }),
    getBlockNumber: async () => 10n,
    getLogs: async () => [log],
    getCode: async ({ address: at }: { address: string }) => (at === lock ? suretyTimelockCode.runtime : '0x01'),
    readContract: async ({ functionName }: { functionName: string }) => views[functionName],
  };
  const chain = { chainId: 900, name: 'settlement', limits: { logRangeMax: 1000 }, blockTimeMs: 1000, providers: [{}] };
  const locked = { chain, endpoints: [{ name: 'p', url }], clock: systemClock, reader: timelocked } as never;
  const told: StepReport[] = [];
  const step = actStep('vault', 'setWitnessPolicy', [1], { ...words, target: locked });
  const given = {
    terminal: { environment: {}, clock: systemClock, tell: () => undefined },
    options: { dryRun: true },
    config: {},
    account,
    tell: (report: StepReport) => void told.push(report),
  };
  const failure = await runMigration({ title: 'it', steps: [step], afterwards: async () => [] }, given as never).then(
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
