import { AppError, CUT_LENGTH, ZERO_WORD, address, blockHeight, bytes32, edgeId, tokenUnits } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import type { Epoch } from '../ports/epochs.js';
import type { JournalSpec } from '../ports/origin-chain.js';
import { FakeAggregator, unreachable } from '../testing/fake-aggregator.js';
import { FakeAttester } from '../testing/fake-attester.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { FakeOriginChain } from '../testing/fake-origin-chain.js';
import { MemoryAttestationLog } from '../testing/memory-attestation-log.js';
import { MemoryHistory } from '../testing/memory-history.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { announceSeen } from './announce-seen.js';
import { type AttestOutcome, type JournalState, attestJournal } from './attest-journal.js';
import { Bell } from './bell.js';
import { checkOwnHistory } from './check-own-history.js';
import { type DeliveryState, deliverJournal } from './deliver-journal.js';
import { attestError } from './errors.js';
import { SigningPermit } from './signing-permit.js';
import { watchHeads } from './watch-heads.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const FRAME = 8n;
/** Midnight of a UTC day, far from its end. */
const MIDNIGHT = 1_700_006_400n;

const edge = {
  originChainId: 31_337n,
  journal: address(`0x${'11'.repeat(20)}`),
  destinationChainId: 31_339n,
  replica: address(`0x${'22'.repeat(20)}`),
  generation: 0,
  previousHead: ZERO_WORD,
};
const journal: JournalSpec = {
  edge,
  edgeId: edgeId(edge, keccak256),
  contract: edge.journal,
  codeHash: bytes32(`0x${'33'.repeat(32)}`),
  fromBlock: blockHeight(3n),
};
const domain = { chainId: 31_339n, verifyingContract: address(`0x${'44'.repeat(20)}`) };

interface World {
  readonly chain: FakeOriginChain;
  readonly clock: FakeClock;
  readonly history: MemoryHistory;
  readonly attester: FakeAttester;
  readonly log: MemoryAttestationLog;
  readonly observer: RecordingObserver;
  readonly aggregator: FakeAggregator;
  readonly permit: SigningPermit;
  readonly heads: Bell;
  readonly committed: Bell;
  epochs: Epoch[];
  state: JournalState | undefined;
  delivery: DeliveryState | undefined;
  outcome: AttestOutcome | undefined;
}

const running: { stop: AbortController; done: Promise<unknown> }[] = [];

afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.splice(0).map(({ done }) => done));
});

function makeWorld(options: { blockTimeS?: number; startS?: bigint } = {}): World {
  const history = new MemoryHistory();
  return {
    chain: new FakeOriginChain({
      journal,
      keccak256,
      blockTimeS: options.blockTimeS ?? 2,
      startS: options.startS ?? MIDNIGHT + 43_200n,
    }),
    clock: new FakeClock(),
    history,
    attester: new FakeAttester({ address: address(`0x${'55'.repeat(20)}`), history, keccak256 }),
    log: new MemoryAttestationLog(),
    observer: new RecordingObserver(),
    aggregator: new FakeAggregator(journal.edgeId),
    permit: new SigningPermit(),
    heads: new Bell(),
    committed: new Bell(),
    epochs: [{ epoch: 1, activeFrom: 0n }],
    state: undefined,
    delivery: undefined,
    outcome: undefined,
  };
}

/** Starts the loops of one watcher; gives what stops them. */
async function start(world: World): Promise<AbortController> {
  const { chain, clock, attester, log, observer, aggregator, permit, heads, committed } = world;
  const stop = new AbortController();
  const base = { chain, journal, domain, attester, log, observer, heads };
  const attesting = attestJournal(
    {
      ...base,
      frameLength: FRAME,
      epochs: { readEpochs: async () => world.epochs },
      permit,
      keccak256,
      clock,
      committed,
      onState: (state) => (world.state = state),
    },
    stop.signal,
  ).then((outcome) => (world.outcome = outcome));
  const delivering = deliverJournal(
    {
      edge: journal.edgeId,
      domain,
      attester,
      log,
      clock,
      observer,
      aggregator,
      aggregatorName: 'a',
      committed,
      onState: (state) => (world.delivery = state),
    },
    stop.signal,
  );
  const done = Promise.all([
    attesting,
    delivering,
    announceSeen({ ...base, aggregators: [aggregator] }, stop.signal),
    watchHeads(chain, heads, stop.signal),
  ]);
  running.push({ stop, done });
  await settle();
  return stop;
}

function lock(world: World, height: bigint, times = 1): void {
  for (let time = 0; time < times; time++) {
    world.chain.append(height, {
      kind: 'LOCK',
      asset: 1,
      amount: tokenUnits(1_000n + height),
      account: bytes32(`0x${'66'.repeat(32)}`),
      party: ZERO_WORD,
      fee: tokenUnits(0n),
    });
  }
}

async function move(world: World, head: bigint, final = head): Promise<void> {
  world.chain.advanceTo(head, final);
  await settle();
}

const signedAt = (world: World): [count: bigint, tip: bigint, height: bigint][] =>
  world.attester.signed.map(({ statement }) => [statement.count, statement.tip, statement.blockNumber]);

describe('attestJournal refuses', () => {
  it('to sign a lock that vanishes before it is final', async () => {
    const world = makeWorld();
    await start(world);
    await move(world, 9n, 8n);
    lock(world, 10n);
    await move(world, 15n, 8n);
    expect(world.aggregator.batches.map(({ stage }) => stage)).toEqual(['seen']);
    world.chain.reorganise(10n);
    await move(world, 40n, 32n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 0n, height: 32n });
  });

  it('to sign what its history contradicts, and ends', async () => {
    const world = makeWorld();
    const foreign = bytes32(`0x${'99'.repeat(32)}`);
    await world.history.record([{ kind: 'head', edge: journal.edgeId, count: 1n, value: foreign }]);
    await start(world);
    lock(world, 10n);
    await move(world, 16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.outcome).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
    expect(world.state).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
    expect(world.observer.named('signing-refused')).toHaveLength(1);
    expect(world.aggregator.statements).toEqual([]);
  });

  it('to sign another hash for a final block it signed before', async () => {
    const world = makeWorld();
    const stop = await start(world);
    lock(world, 10n);
    await move(world, 16n);
    stop.abort();
    world.chain.reorganise(16n);
    const restarted: World = { ...world, log: new MemoryAttestationLog(), outcome: undefined };
    await start(restarted);
    await settle();
    expect(restarted.outcome).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
  });

  it('to sign while the history cannot be written, and signs once it can', async () => {
    const world = makeWorld();
    world.history.failure = attestError('HISTORY_UNAVAILABLE', 'the disk is full');
    await start(world);
    lock(world, 10n);
    await move(world, 16n);
    await world.clock.advance(10_000);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'HISTORY_UNAVAILABLE' });
    world.history.failure = undefined;
    await world.clock.advance(30_000);
    expect(signedAt(world)).toEqual([[1n, 1n, 16n]]);
  });

  it.each(['no-quorum', 'halted'] as const)('to sign while the chain is %s', async (kind) => {
    const world = makeWorld();
    world.chain.setCondition({ kind, reason: 'the test says so', sinceMs: 0 });
    await start(world);
    lock(world, 10n);
    await move(world, 16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: kind === 'halted' ? 'HALTED' : 'NO_QUORUM' });
    world.chain.setCondition({ kind: 'live' });
    await world.clock.advance(60_000);
    expect(signedAt(world)).toEqual([[1n, 1n, 16n]]);
  });

  it('to sign before any epoch of the destination', async () => {
    const world = makeWorld();
    world.epochs = [{ epoch: 1, activeFrom: MIDNIGHT + 90_000n }];
    await start(world);
    lock(world, 10n);
    await move(world, 16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'NO_EPOCH' });
  });

  it('to sign once somebody shows a signature of its key that the history does not know', async () => {
    const old = makeWorld();
    await start(old);
    lock(old, 10n);
    await move(old, 16n);
    const [own] = old.attester.signed;
    if (own === undefined) throw new Error('nothing was signed');
    const world = makeWorld();
    world.aggregator.attested = [{ statement: own.statement, signers: [own.signer], signatures: own.signature }];
    const { attester, history, aggregator, permit, observer } = world;
    const asked = await checkOwnHistory(
      { edge: journal.edgeId, domain, attester, history, aggregator, aggregatorName: 'a', permit, observer },
      new AbortController().signal,
    );
    expect(asked).toBe(true);
    await start(world);
    lock(world, 10n);
    await move(world, 16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.outcome).toMatchObject({ kind: 'refused', code: 'HISTORY_OLDER' });
  });
});

describe('attestJournal signs', () => {
  it('each frame in which the journal grew, in order, and no frame between them', async () => {
    const world = makeWorld();
    lock(world, 10n);
    lock(world, 12n);
    lock(world, 33n);
    await start(world);
    await move(world, 60n);
    expect(signedAt(world)).toEqual([
      [2n, 2n, 16n],
      [3n, 3n, 40n],
    ]);
    expect(world.aggregator.counts).toEqual([2n, 3n]);
    expect(world.aggregator.entryCount).toBe(3n);
  });

  it('the cuts at 64 and 128 that one frame passed, under that frame', async () => {
    const world = makeWorld();
    lock(world, 10n, 130);
    await start(world);
    await move(world, 16n);
    expect(signedAt(world)).toEqual([
      [64n, 130n, 16n],
      [128n, 130n, 16n],
      [130n, 130n, 16n],
    ]);
  });

  it('a frame that ends on a cut once, as its own head', async () => {
    const world = makeWorld();
    lock(world, 10n, Number(CUT_LENGTH));
    await start(world);
    await move(world, 16n);
    expect(signedAt(world)).toEqual([[64n, 64n, 16n]]);
  });

  it('a heartbeat at the first frame of each ten minutes, though the journal stands', async () => {
    const world = makeWorld({ blockTimeS: 2, startS: MIDNIGHT + 43_200n });
    await start(world);
    for (let final = 0n; final <= 640n; final += 1n) world.chain.advanceTo(final, final);
    await move(world, 299n);
    expect(signedAt(world)).toEqual([]);
    await move(world, 640n);
    expect(signedAt(world)).toEqual([[0n, 0n, 600n]]);
  });

  it('every heartbeat while it follows live', async () => {
    const world = makeWorld();
    await start(world);
    for (let final = 8n; final <= 920n; final += 8n) await move(world, final);
    expect(signedAt(world)).toEqual([
      [0n, 0n, 304n],
      [0n, 0n, 600n],
      [0n, 0n, 904n],
    ]);
  });

  it('all cuts again at the first heartbeat of a UTC day, under its block', async () => {
    const world = makeWorld({ startS: MIDNIGHT + 86_400n - 100n });
    lock(world, 10n, 130);
    await start(world);
    await move(world, 40n);
    await move(world, 64n);
    const height = 56n;
    expect(world.chain.timestampAt(height)).toBeGreaterThanOrEqual(MIDNIGHT + 86_400n);
    expect(signedAt(world).filter(([, , at]) => at === height)).toEqual([
      [64n, 130n, height],
      [128n, 130n, height],
      [130n, 130n, height],
    ]);
    expect(world.outcome).toBeUndefined();
  });

  it('all cuts again at the first heartbeat of a new epoch, naming it', async () => {
    const world = makeWorld();
    world.epochs.push({ epoch: 2, activeFrom: MIDNIGHT + 43_200n + 500n });
    lock(world, 10n, 65);
    await start(world);
    for (let final = 8n; final <= 640n; final += 8n) await move(world, final);
    const second = world.attester.signed.filter(({ statement }) => statement.epoch === 2);
    expect(second.map(({ statement }) => [statement.count, statement.blockNumber])).toEqual([
      [64n, 304n],
      [65n, 304n],
      [65n, 600n],
    ]);
  });

  it('after a long absence the growth frames in order and only the newest heartbeat', async () => {
    const world = makeWorld();
    lock(world, 10n);
    lock(world, 5_000n);
    await start(world);
    await move(world, 9_000n);
    expect(signedAt(world)).toEqual([
      [1n, 1n, 16n],
      [2n, 2n, 5_000n],
      [2n, 2n, 9_000n],
    ]);
    expect(world.chain.calls.readFrame).toBeLessThan(12);
  });

  it('on past frames that no provider proves any more, with an alarm and without a hole in the cuts', async () => {
    const world = makeWorld();
    lock(world, 10n, 70);
    lock(world, 9_001n);
    world.chain.provenFrom = 8_990n;
    await start(world);
    await move(world, 9_016n);
    expect(signedAt(world)).toEqual([
      [64n, 70n, 9_000n],
      [70n, 70n, 9_000n],
      [71n, 71n, 9_008n],
    ]);
    expect(world.observer.named('frames-passed-over').length).toBeGreaterThan(0);
  });

  it('a step that asked for too much in smaller steps', async () => {
    const world = makeWorld();
    lock(world, 10n);
    lock(world, 400n);
    const readFrame = world.chain.readFrame.bind(world.chain);
    world.chain.readFrame = (request) =>
      request.block.height - request.afterBlock > 100n
        ? Promise.reject(new AppError({ code: 'CALL_LIMIT', message: 'too many calls', retryable: true }))
        : readFrame(request);
    await start(world);
    await move(world, 400n);
    await world.clock.advance(60_000);
    expect(signedAt(world)).toEqual([
      [1n, 1n, 16n],
      [1n, 1n, 304n],
      [2n, 2n, 400n],
    ]);
  });

  it('the same bytes again after a crash between recording and storing', async () => {
    const world = makeWorld();
    world.attester.crash = new AppError({ code: 'CRASH', message: 'power lost', retryable: true });
    const stop = await start(world);
    lock(world, 10n);
    await move(world, 16n);
    expect(world.attester.signed).toEqual([]);
    expect(await world.history.readHighestCount(journal.edgeId)).toBe(1n);
    stop.abort();
    world.attester.crash = undefined;
    await start(world);
    await settle();
    expect(signedAt(world)).toEqual([[1n, 1n, 16n]]);
  });
});

describe('deliverJournal', () => {
  it('lets signing go on while the aggregator is away, and hands everything in later, in order', async () => {
    const world = makeWorld();
    world.aggregator.failure = unreachable();
    await start(world);
    for (const height of [10n, 20n, 30n]) lock(world, height);
    await move(world, 16n);
    await move(world, 24n);
    await move(world, 32n);
    expect(signedAt(world).map(([count]) => count)).toEqual([1n, 2n, 3n]);
    expect(world.delivery).toMatchObject({ kind: 'failing', code: 'AGGREGATOR_UNREACHABLE' });
    await world.clock.advance(300_000);
    expect(world.aggregator.statements).toEqual([]);
    world.aggregator.failure = undefined;
    await world.clock.advance(60_000);
    expect(world.aggregator.counts).toEqual([1n, 2n, 3n]);
    expect(world.aggregator.entryCount).toBe(3n);
    expect(world.delivery).toMatchObject({ kind: 'current', entryCount: 3n });
  });

  it('warns once for an absence, however long it lasts', async () => {
    const world = makeWorld();
    world.aggregator.failure = unreachable();
    await start(world);
    await world.clock.advance(3_600_000);
    const failed = world.observer.named('delivery-failed');
    expect(failed.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(failed.length).toBeLessThan(730);
  });

  it('hands everything in again to an aggregator that lost its store', async () => {
    const world = makeWorld();
    lock(world, 10n, 130);
    await start(world);
    await move(world, 16n);
    expect(world.aggregator.counts).toEqual([64n, 128n, 130n]);
    await world.clock.advance(6_000);
    world.aggregator.forget();
    await world.clock.advance(6_000);
    expect(world.aggregator.counts).toEqual([64n, 128n, 130n]);
    expect(world.aggregator.entryCount).toBe(130n);
  });

  it('notices a lost store though others have filled it again before it looked', async () => {
    const world = makeWorld();
    lock(world, 10n);
    await start(world);
    await move(world, 16n);
    world.aggregator.members = [world.attester.address];
    await world.clock.advance(6_000);
    const other = address(`0x${'77'.repeat(20)}`);
    world.aggregator.statements = world.aggregator.statements.map((held) => ({ ...held, signer: other }));
    await world.clock.advance(6_000);
    expect(world.aggregator.statements.map(({ signer }) => signer)).toEqual([other, world.attester.address]);
    expect(world.observer.named('delivery-repeated')).toHaveLength(1);
  });

  it('hands statements in again to an aggregator that has no quorum for them, ever more rarely', async () => {
    const world = makeWorld();
    const lonely: World = { ...world, aggregator: new FakeAggregator(journal.edgeId, 3) };
    lock(lonely, 10n);
    await start(lonely);
    await move(lonely, 16n);
    await lonely.clock.advance(20_000);
    expect(lonely.aggregator.counts).toEqual([1n, 1n]);
    await lonely.clock.advance(3_600_000);
    expect(lonely.aggregator.counts.length).toBeLessThan(16);
  });

  it('still hands statements in when entries are refused', async () => {
    const world = makeWorld();
    world.aggregator.refusal = 'TOO_MANY';
    lock(world, 10n);
    await start(world);
    await move(world, 16n);
    expect(world.aggregator.counts).toEqual([1n]);
    expect(world.delivery).toMatchObject({ kind: 'failing', code: 'TOO_MANY' });
  });
});

describe('announceSeen', () => {
  it('tells entries once at each place, and again where a reorganisation moved them', async () => {
    const world = makeWorld();
    await start(world);
    await move(world, 9n, 8n);
    lock(world, 10n);
    await move(world, 10n, 8n);
    await move(world, 11n, 8n);
    lock(world, 12n);
    await move(world, 12n, 8n);
    const told = (): [bigint, number][] =>
      world.aggregator.batches.map(({ from, entries }) => [from, entries.locations.length]);
    expect(told()).toEqual([
      [0n, 1],
      [1n, 1],
    ]);
    world.chain.reorganise(12n);
    lock(world, 13n);
    await move(world, 13n, 8n);
    expect(told()).toEqual([
      [0n, 1],
      [1n, 1],
      [0n, 2],
    ]);
    expect(world.aggregator.batches.every(({ stage }) => stage === 'seen')).toBe(true);
  });
});
