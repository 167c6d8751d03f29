import { fileURLToPath } from 'node:url';
import { operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import { type Bytes32, type Hex, ZERO_WORD, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, encodeErrorResult, encodeEventTopics } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, describe, expect, it } from 'vitest';
import type { ActTarget } from '../acts/find-target.js';
import { openConfig } from '../chains/open-config.js';
import type { Call } from '../chains/simulate-call.js';
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

/** An operation that a timelock holds; one without a log is told by its id alone. */
interface Held {
  readonly call: Call;
  readonly predecessor: Bytes32;
  readonly hasLog?: boolean;
}

const idOf = ({ call, predecessor }: Held): Bytes32 => operationId([call.to, 0n, call.data, predecessor, ZERO_WORD]);
const words = { title: 'policy', at: vault, isDone: async () => false };
/** The call of a step of the number. */
const callOf = (number: number): Call =>
  actStep('vault', 'setWitnessPolicy', [number], { ...words, target: {} as never }).call;

/** Runs steps at a timelock that holds ready operations, and refuses to execute with some data or takes it. */
async function runReady(
  at: {
    readonly refusal?: Hex;
    readonly account?: PrivateKeyAccount;
    readonly held?: readonly Held[];
    readonly done?: readonly Bytes32[];
    /** A second scheduling of each step does no harm. */
    readonly isRepeatable?: boolean;
    /** How often the list of what waits is read before it shows anything. */
    readonly shownAfter?: number;
    /** Numbers of the steps, and whether the effect of each is there. */
    readonly steps?: readonly (readonly [number, boolean])[];
  } = {},
) {
  const { refusal, account, held = [{ call: callOf(1), predecessor: ZERO_WORD }], done = [], shownAfter = 0 } = at;
  const url = await serveCalls(() => refusal, closing);
  const logs = held
    .filter(({ hasLog }) => hasLog !== false)
    .map((one) => ({
      address: lock,
      topics: encodeEventTopics({
        abi: suretyTimelockAbi,
        eventName: 'CallScheduled',
        args: { id: idOf(one), index: 0n },
      }),
      data: encodeAbiParameters(
        [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'uint256' }],
        [one.call.to, 0n, one.call.data, one.predecessor, 1n],
      ),
    }));
  const ids = held.map(idOf);
  const views: Record<string, unknown> = {
    governor: lock,
    guardian: `0x${'92'.repeat(20)}`,
    getMinDelay: 172_800n,
    leastDelayOf: 172_800n,
    getRoleMembers: [`0x${'00'.repeat(20)}`, ...(account === undefined ? [] : [account.address.toLowerCase()])],
    PROPOSER_ROLE: ZERO_WORD,
    CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD,
    isSlow: true,
    getTimestamp: NOW_S,
    expiryOf: NOW_S + 86_400n,
  };
  let reads = 0;
  const timelocked = {
    getBlock: async () => ({ timestamp: NOW_S, number: 10n }),
    getBlockNumber: async () => 10n,
    getLogs: async () => logs,
    getCode: async ({ address: where }: { address: string }) => (where === lock ? suretyTimelockCode.runtime : '0x01'),
    readContract: async ({ functionName, args: [id] = [] }: { functionName: string; args?: readonly Bytes32[] }) => {
      if (functionName === 'isOperationDone') return done.some((one) => one === id);
      if (functionName === 'pendingOperations') return ++reads > shownAfter ? ids : [];
      if (functionName === 'getOperationState') return reads > shownAfter && ids.some((one) => one === id) ? 2 : 0;
      return views[functionName];
    },
  };
  const chain = { chainId: 900, name: 'settlement', limits: { logRangeMax: 1000 }, blockTimeMs: 1000, providers: [{}] };
  const locked = { chain, endpoints: [{ name: 'p', url }], clock: systemClock, reader: timelocked } as never;
  const told: StepReport[] = [];
  const steps = (at.steps ?? [[1, false]]).map(([number, isDone]) =>
    actStep('vault', 'setWitnessPolicy', [number], {
      ...words,
      target: locked,
      isRepeatable: at.isRepeatable === true,
      isDone: async () => isDone,
    }),
  );
  const given = {
    terminal: { environment: {}, clock: systemClock, tell: () => undefined },
    options: { dryRun: true },
    config: {},
    account,
    tell: (report: StepReport) => void told.push(report),
  };
  const failure = await runMigration({ title: 'it', steps, afterwards: async () => [] }, given as never).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { id: ids[0], told, failure };
}

describe('a step whose operation is ready', () => {
  it('is open where the timelock would execute it', async () => {
    const { id, told, failure } = await runReady();
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
      const { id, told, failure } = await runReady({ refusal: data, ...(account === undefined ? {} : { account }) });
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
    const { failure } = await runReady({ refusal: data });
    expect(failure).toMatchObject({
      message: expect.stringContaining('it may be executed until 2027-01-16T08:00:00.000Z'),
    });
  });
});

const before = `0x${'aa'.repeat(32)}` as Bytes32;

/** A line of operations of the steps 1, 2, …, each behind the one before it, the first behind another one. */
function lineOf(length: number, first: Bytes32 = before): Held[] {
  const line: Held[] = [];
  for (let number = 1; number <= length; number++) {
    const last = line.at(-1);
    line.push({ call: callOf(number), predecessor: last === undefined ? first : idOf(last) });
  }
  return line;
}

describe('a line of operations of which one was cancelled', () => {
  it.each([2, 3, 4])('is dead to its end: its operation %s is scheduled anew', async (open) => {
    const [, ...dead] = lineOf(4);
    const { told, failure } = await runReady({
      held: dead,
      done: [before],
      steps: [1, 2, 3, 4].map((number) => [number, number < open]),
    });
    expect(failure).toBeUndefined();
    const anew = idOf({ call: callOf(open), predecessor: ZERO_WORD });
    expect(told.slice(open - 1).map(({ state, note }) => [state, note])).toEqual([
      ['open', `to be scheduled as ${anew}, for 48 h`],
      ...Array.from({ length: 4 - open }, () => ['later', `calls ${vault}`]),
    ]);
  });

  it.each([
    ['is done', [before], before],
    ['is pending itself', [], ZERO_WORD],
  ])('is alive where what its first one follows %s', async (_, done, first) => {
    const line = lineOf(3, first);
    const { told, failure } = await runReady({ held: line, done, steps: [1, 2, 3].map((number) => [number, false]) });
    expect(failure).toBeUndefined();
    expect(told.map(({ note }) => note)).toEqual(line.map((one) => expect.stringContaining(`${idOf(one)} is ready`)));
  });
});

describe('an operation that stands behind one that is not executed', () => {
  it('is refused, and names what to execute or cancel', async () => {
    const refusal = encodeErrorResult({
      abi: suretyTimelockAbi,
      errorName: 'TimelockUnexecutedPredecessor',
      args: [ZERO_WORD],
    });
    const line = lineOf(4);
    const [, second, third, fourth] = line.map(idOf);
    const { failure } = await runReady({
      refusal,
      held: line.slice(1),
      done: [before, ...line.slice(0, 1).map(idOf)],
      steps: [
        [2, true],
        [3, false],
      ],
    });
    expect(failure).toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringContaining(
        `nothing was sent for it; surety timelock execute ${second} --chain settlement, or, if that is refused, surety timelock cancel ${third} ${fourth} --chain settlement as guardian, then run again: what was cancelled is scheduled anew`,
      ),
    });
  });
});

describe('an operation whose calls no log tells', () => {
  const untold: Held = { call: callOf(1), predecessor: before, hasLog: false };

  it('keeps a step from being scheduled a second time', async () => {
    const { id, told, failure } = await runReady({ held: [untold], done: [before] });
    expect(told).toEqual([]);
    expect(failure).toMatchObject({
      code: 'ACT_REFUSED',
      message: `no log tells the calls of ${id} at ${lock}, which may be vault set-witness-policy; nothing was sent for it; name a provider that keeps logs of 44 days`,
    });
  });

  it('is no matter to a step that does no harm a second time', async () => {
    const { told, failure } = await runReady({ held: [untold], done: [before], isRepeatable: true });
    expect(failure).toBeUndefined();
    const id = idOf({ call: callOf(1), predecessor: ZERO_WORD });
    expect(told.map(({ note }) => note)).toEqual([`to be scheduled as ${id}, for 48 h`]);
  });

  it('is no matter where this run scheduled it and the provider of the logs lags behind', async () => {
    const own: Held = { ...untold, predecessor: ZERO_WORD };
    const { told, failure } = await runReady({
      account: privateKeyToAccount(`0x${'ab'.repeat(32)}`),
      held: [own],
      // A step reads the list for its route and for its own operation.
      shownAfter: 2,
      steps: [
        [1, false],
        [2, false],
      ],
    });
    expect(failure).toBeUndefined();
    const next = idOf({ call: callOf(2), predecessor: idOf(own) });
    expect(told.map(({ state, note }) => [state, note.split(',')[0]])).toEqual([
      ['scheduled', idOf(own)],
      ['scheduled', next],
    ]);
  });

  it('is no matter to a step that is done, or whose own operation is known', async () => {
    const known: Held = { call: callOf(2), predecessor: ZERO_WORD };
    const { told, failure } = await runReady({
      held: [untold, known],
      steps: [
        [1, true],
        [2, false],
      ],
    });
    expect(failure).toBeUndefined();
    expect(told.map(({ state }) => state)).toEqual(['done', 'open']);
  });
});
