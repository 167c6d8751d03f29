import { AppError, CUT_LENGTH, bytes32 } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import type { OwnStatementSource } from '../ports/attester.js';
import type { FakeAggregator } from '../testing/fake-aggregator.js';
import { settle } from '../testing/fake-clock.js';
import { MemoryAttestationLog } from '../testing/memory-attestation-log.js';
import { MIDNIGHT, WatcherWorld, type WatcherWorldOptions } from '../testing/watcher-world.js';
import { checkOwnHistory } from './check-own-history.js';
import { attestError } from './errors.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const worlds: WatcherWorld[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

function makeWorld(options: Omit<WatcherWorldOptions, 'keccak256'> = {}): WatcherWorld {
  const world = new WatcherWorld({ keccak256, ...options });
  worlds.push(world);
  return world;
}

/** An in-memory aggregator as a source of own statements. */
const sourceOf = (aggregator: FakeAggregator): OwnStatementSource => ({
  kind: 'aggregator',
  name: 'a',
  read: ({ edge, after }) => aggregator.readAttested(edge, { after }),
});

describe('attestJournal refuses', () => {
  it('to sign a lock that vanishes before it is final', async () => {
    const world = makeWorld();
    await world.start();
    await world.move(9n, 8n);
    world.append(10n);
    await world.move(15n, 8n);
    expect(world.aggregator.batches.map(({ stage }) => stage)).toEqual(['seen']);
    world.chain.reorganise(10n);
    await world.move(40n, 32n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 0n, height: 32n });
  });

  it('to sign what contradicts its history', async () => {
    const world = makeWorld();
    const foreign = bytes32(`0x${'99'.repeat(32)}`);
    await world.history.record([{ kind: 'head', edge: world.journal.edgeId, count: 1n, value: foreign }]);
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
    expect(world.observer.named('signing-refused')).toHaveLength(1);
    expect(world.aggregator.statements).toEqual([]);
  });

  it('to sign a different hash for a final block it signed before', async () => {
    const world = makeWorld();
    await world.start();
    world.append(10n);
    await world.move(16n);
    await world.stop();
    world.chain.reorganise(16n);
    await world.start(new MemoryAttestationLog());
    await settle();
    expect(world.state).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });
  });

  it('to sign while the history cannot be written, and signs once it can', async () => {
    const world = makeWorld();
    world.history.failure = attestError('HISTORY_UNAVAILABLE', 'the disk is full');
    await world.start();
    world.append(10n);
    await world.move(16n);
    await world.clock.advance(10_000);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'HISTORY_UNAVAILABLE' });
    world.history.failure = undefined;
    await world.clock.advance(30_000);
    expect(world.signed).toEqual([[1n, 1n, 16n]]);
  });

  it.each(['no-quorum', 'halted'] as const)('to sign while the chain is %s', async (kind) => {
    const world = makeWorld();
    world.chain.setCondition({ kind, reason: 'the test says so', sinceMs: 0 });
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: kind === 'halted' ? 'HALTED' : 'NO_QUORUM' });
    world.chain.setCondition({ kind: 'live' });
    await world.clock.advance(60_000);
    expect(world.signed).toEqual([[1n, 1n, 16n]]);
  });

  it('to sign before the first epoch of the destination: a growth frame is skipped with an alarm', async () => {
    const world = makeWorld();
    world.epochs = [{ epoch: 1, activeFrom: MIDNIGHT + 43_200n + 500n }];
    world.append(10n, 65);
    await world.start();
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'attesting', current: true, count: 65n });
    const passed = world.observer.named('frames-passed-over').map(({ level, fields }) => [level, fields['code']]);
    expect(passed).toEqual([['error', 'NO_EPOCH']]);
    for (let final = 24n; final <= 304n; final += 8n) await world.move(final);
    expect(world.observer.named('frames-passed-over')).toHaveLength(1);
    expect(world.signed).toEqual([
      [64n, 65n, 304n],
      [65n, 65n, 304n],
    ]);
  });

  it('to sign for a destination that has no epoch', async () => {
    const world = makeWorld();
    world.epochs = [];
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'NO_EPOCH' });
  });

  it('to sign once a source shows a signature of its key that the history does not know', async () => {
    const old = makeWorld();
    await old.start();
    old.append(10n);
    await old.move(16n);
    const [own] = old.attester.signed;
    if (own === undefined) throw new Error('nothing was signed');
    const world = makeWorld();
    world.aggregator.attested = [{ statement: own.statement, signers: [own.signer], signatures: own.signature }];
    const { attester, history, aggregator, permit, observer } = world;
    const check = checkOwnHistory({
      edge: world.journal.edgeId,
      domain: world.domain,
      attester,
      history,
      source: sourceOf(aggregator),
      permit,
      observer,
    });
    const asked = await check(new AbortController().signal);
    expect(asked).toBe(true);
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.outcome).toMatchObject({ kind: 'refused', code: 'HISTORY_OLDER' });
    expect(history.retired).toMatch(/holds a valid signature/);
  });

  it('to sign with a history that an earlier process retired, even if no aggregator shows anything now', async () => {
    const world = makeWorld();
    world.history.retired = 'an earlier process saw a signature that the history lacks';
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(world.outcome).toMatchObject({ kind: 'refused', code: 'HISTORY_OLDER' });
  });
});

describe('checkOwnHistory', () => {
  it('asks again from the start’s position in the history, though signing went on past it', async () => {
    const fork = makeWorld();
    await fork.start();
    fork.append(9n);
    await fork.move(16n);
    const [own] = fork.attester.signed;
    if (own === undefined) throw new Error('nothing was signed');
    const world = makeWorld();
    const { attester, history, aggregator, permit, observer, domain } = world;
    const { edgeId: edge } = world.journal;
    const check = checkOwnHistory({
      edge,
      domain,
      attester,
      history,
      source: sourceOf(aggregator),
      permit,
      observer,
    });
    const { signal } = new AbortController();
    aggregator.failure = new Error('away');
    expect(await check(signal)).toBe(false);
    await world.start();
    world.append(10n, 2);
    await world.move(16n);
    expect(world.attester.signed).not.toEqual([]);
    aggregator.failure = undefined;
    aggregator.attested = [{ statement: own.statement, signers: [own.signer], signatures: own.signature }];
    expect(await check(signal)).toBe(true);
    expect(permit.refusal).toMatchObject({ code: 'HISTORY_OLDER' });
  });
});

describe('attestJournal signs', () => {
  it('each frame in which the journal grew, in order, and no frame between them', async () => {
    const world = makeWorld();
    world.append(10n);
    world.append(12n);
    world.append(33n);
    await world.start();
    await world.move(60n);
    expect(world.signed).toEqual([
      [2n, 2n, 16n],
      [3n, 3n, 40n],
    ]);
    expect(world.aggregator.counts).toEqual([2n, 3n]);
    expect(world.aggregator.entryCount).toBe(3n);
  });

  it('the cuts at 64 and 128 passed in one frame, under that frame', async () => {
    const world = makeWorld();
    world.append(10n, 130);
    await world.start();
    await world.move(16n);
    expect(world.signed).toEqual([
      [64n, 130n, 16n],
      [128n, 130n, 16n],
      [130n, 130n, 16n],
    ]);
  });

  it('a frame that ends on a cut only once, as its own head', async () => {
    const world = makeWorld();
    world.append(10n, Number(CUT_LENGTH));
    await world.start();
    await world.move(16n);
    expect(world.signed).toEqual([[64n, 64n, 16n]]);
  });

  it('a heartbeat at the first frame of each ten minutes, even if the journal does not grow', async () => {
    const world = makeWorld({ blockTimeS: 2, startS: MIDNIGHT + 43_200n });
    await world.start();
    for (let final = 0n; final <= 640n; final += 1n) world.chain.advanceTo(final, final);
    await world.move(299n);
    expect(world.signed).toEqual([]);
    await world.move(640n);
    expect(world.signed).toEqual([[0n, 0n, 600n]]);
  });

  it('every heartbeat while it follows live', async () => {
    const world = makeWorld();
    await world.start();
    for (let final = 8n; final <= 920n; final += 8n) await world.move(final);
    expect(world.signed).toEqual([
      [0n, 0n, 304n],
      [0n, 0n, 600n],
      [0n, 0n, 904n],
    ]);
  });

  it('all cuts again at the first heartbeat of a UTC day, under its block', async () => {
    const world = makeWorld({ startS: MIDNIGHT + 86_400n - 100n });
    world.append(10n, 130);
    await world.start();
    await world.move(40n);
    await world.move(64n);
    const height = 56n;
    expect(world.chain.timestampAt(height)).toBeGreaterThanOrEqual(MIDNIGHT + 86_400n);
    expect(world.signed.filter(([, , at]) => at === height)).toEqual([
      [64n, 130n, height],
      [128n, 130n, height],
      [130n, 130n, height],
    ]);
    expect(world.outcome).toBeUndefined();
  });

  it('all cuts again at the first heartbeat of a new epoch, naming it', async () => {
    const world = makeWorld();
    world.epochs.push({ epoch: 2, activeFrom: MIDNIGHT + 43_200n + 500n });
    world.append(10n, 65);
    await world.start();
    for (let final = 8n; final <= 640n; final += 8n) await world.move(final);
    const second = world.attester.signed.filter(({ statement }) => statement.epoch === 2);
    expect(second.map(({ statement }) => [statement.count, statement.blockNumber])).toEqual([
      [64n, 304n],
      [65n, 304n],
      [65n, 600n],
    ]);
  });

  it('after a long absence the growth frames in order and only the newest heartbeat', async () => {
    const world = makeWorld();
    world.append(10n);
    world.append(5_000n);
    await world.start();
    await world.move(9_000n);
    expect(world.signed).toEqual([
      [1n, 1n, 16n],
      [2n, 2n, 5_000n],
      [2n, 2n, 9_000n],
    ]);
    expect(world.chain.calls.readFrame).toBeLessThan(12);
  });

  it('past frames that no provider can prove any more, with an alarm and without a gap in the cuts', async () => {
    const world = makeWorld();
    world.append(10n, 70);
    world.append(9_001n);
    world.chain.provenFrom = 8_990n;
    await world.start();
    await world.move(9_016n);
    expect(world.signed).toEqual([
      [64n, 70n, 9_000n],
      [70n, 70n, 9_000n],
      [71n, 71n, 9_008n],
    ]);
    expect(world.observer.named('frames-passed-over').length).toBeGreaterThan(0);
  });

  it('a step that requested too much in smaller steps', async () => {
    const world = makeWorld();
    world.append(10n);
    world.append(400n);
    const readFrame = world.chain.readFrame.bind(world.chain);
    world.chain.readFrame = (request) =>
      request.block.height - request.afterBlock > 100n
        ? Promise.reject(new AppError({ code: 'CALL_LIMIT', message: 'too many calls', retryable: true }))
        : readFrame(request);
    await world.start();
    await world.move(400n);
    await world.clock.advance(60_000);
    expect(world.signed).toEqual([
      [1n, 1n, 16n],
      [1n, 1n, 304n],
      [2n, 2n, 400n],
    ]);
  });

  it('the same statements again when its log could not be written, and delivers them once', async () => {
    const world = makeWorld();
    world.log.failure = attestError('LOG_UNAVAILABLE', 'the disk is full');
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.state).toMatchObject({ kind: 'failing', code: 'LOG_UNAVAILABLE' });
    expect(world.aggregator.statements).toEqual([]);
    world.log.failure = undefined;
    await world.clock.advance(30_000);
    expect(new Set(world.attester.signed.map(({ signature }) => signature)).size).toBe(1);
    expect(world.aggregator.counts).toEqual([1n]);
  });

  it('the same bytes again after a crash between recording and storing', async () => {
    const world = makeWorld();
    world.attester.crash = new AppError({ code: 'CRASH', message: 'power lost', retryable: true });
    await world.start();
    world.append(10n);
    await world.move(16n);
    expect(world.attester.signed).toEqual([]);
    expect(await world.history.readHighestCount(world.journal.edgeId)).toBe(1n);
    await world.stop();
    world.attester.crash = undefined;
    await world.start();
    await settle();
    expect(world.signed).toEqual([[1n, 1n, 16n]]);
  });
});
