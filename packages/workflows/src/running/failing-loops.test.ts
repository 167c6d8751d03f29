import { AppError, address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { deliverJournal } from '../attest/deliver-journal.js';
import { signHalts } from '../attest/sign-halts.js';
import { signPoints } from '../attest/sign-points.js';
import { compareShadowFeeds } from '../relay/compare-shadow-feeds.js';
import { coverAssets } from '../relay/cover-assets.js';
import { lookAfterAssets } from '../relay/look-after-assets.js';
import { relayHalts } from '../relay/relay-halts.js';
import { returnPayments } from '../relay/return-payments.js';
import { unparkCredits } from '../relay/unpark-credits.js';
import { relayReports } from '../reports/relay-reports.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { confirmHeads } from '../witness/confirm-heads.js';
import { publishHeads } from '../witness/publish-heads.js';
import { FailingLoops, PASS_MS_MAX } from './failing-loops.js';

const away = new AppError({ code: 'AWAY', message: 'nobody answers', retryable: true });

/** A port whose every question gets this answer. */
const portOf = (answer: () => Promise<never>): never =>
  new Proxy({} as never, { get: (_, name) => (name === 'distrustProvider' ? () => undefined : answer) });
const fails = (): Promise<never> => Promise.reject(away);
const hangs = (): Promise<never> => new Promise(() => undefined);

const EDGE = `0x${'ed'.repeat(32)}`;

/** What all loops here have, and enough of each to run a pass. */
const portsOver = (answer: () => Promise<never>, port = portOf(answer)) => ({
  source: 1,
  direction: 'to-ledger' as const,
  edge: bytes32(EDGE),
  assets: [{ source: 1, vaultAsset: 0, assetId: 1 }],
  protocols: [port],
  refreshAfterS: 300n,
  pauseMs: 100,
  pollIntervalMs: 100,
  policy: { mode: 'all', pollIntervalMs: 100, subsidyWei: 0n } as never,
  hints: [port],
  entries: [port],
  confirmers: [port],
  publishers: [port],
  ledger: port,
  vault: port,
  verifier: port,
  desk: port,
  board: port,
  replica: port,
  waiting: port,
  domain: port,
  keccak256: port,
  recoverSigner: port,
  readJournal: answer,
  readWorthWei: answer,
  report: () => undefined,
});

/** Watchers' silence is no failure: what they serve has the replica and the desk asked. */
const domain = { chainId: 900, verifyingContract: 'verifier' } as never;
const halts = { readHalts: () => Promise.resolve([{ domain }]) } as never;
const protocol = address(`0x${'aa'.repeat(20)}`);
const verifier = address(`0x${'bb'.repeat(20)}`);
const reports = { readReports: () => Promise.resolve([{ report: { protocol }, verifier }]) } as never;

type World = ReturnType<typeof portsOver> & {
  clock: FakeClock;
  observer: RecordingObserver;
  failingLoops: FailingLoops;
};

const LOOPS: [string, (world: World, signal: AbortSignal) => Promise<void>][] = [
  ['unpark-failed (source 1)', (world, signal) => unparkCredits(world, signal)],
  ['cover-failed', (world, signal) => coverAssets(world, signal)],
  ['report-failed (source 1)', (world, signal) => lookAfterAssets(world, signal)],
  [`return-failed (edge ${EDGE}, source 1)`, (world, signal) => returnPayments(world, signal)],
  ['shadows-unread', (world, signal) => compareShadowFeeds(world, signal)],
  [`halt-failed (edge ${EDGE})`, (world, signal) => relayHalts({ ...world, domain, sources: [halts] }, signal)],
  ['publish-failed (source 1, direction to-ledger)', (world, signal) => publishHeads(world, signal)],
  [`confirm-failed (edge ${EDGE}, source 1, direction to-ledger)`, (world, signal) => confirmHeads(world, signal)],
  [
    'reports-failed',
    (world, signal) => {
      const desk = { verifier, recoverSigner: world.readJournal, distrustProvider: () => undefined } as never;
      return relayReports({ ...world, protocols: [protocol], desk, sources: [reports] }, signal);
    },
  ],
];

const watched = { edge: bytes32(EDGE), domain };
const hung = portOf(hangs);
const halted = { condition: () => ({ kind: 'halted', height: 1n }) } as never;
const journal = { edgeId: bytes32(EDGE) } as never;
const WATCHED: [string, (world: Pick<World, 'clock' | 'observer' | 'failingLoops'>, signal: AbortSignal) => unknown][] =
  [
    [
      `delivery-failed (edge ${EDGE}, aggregator a)`,
      (world, signal) => {
        const ends = { attester: hung, log: hung, aggregator: hung, aggregatorName: 'a', committed: hung };
        return deliverJournal({ ...watched, ...world, ...ends }, signal);
      },
    ],
    [
      `halt-unsigned (edge ${EDGE})`,
      (world, signal) => {
        const ends = { chain: halted, epochs: hung, readHalt: hangs, attester: hung, onHalt: () => undefined };
        return signHalts({ ...watched, ...world, ...ends }, signal);
      },
    ],
    [
      `point-unsigned (edge ${EDGE})`,
      (world, signal) => signPoints({ ...world, journal, readPoint: hangs } as never, signal),
    ],
  ];

describe('the loops of a watcher beside attesting', () => {
  it.each(WATCHED)('tell that a pass does not end: %s', async (loop, run) => {
    const clock = new FakeClock();
    const failingLoops = new FailingLoops(clock);
    void run({ clock, observer: new RecordingObserver(), failingLoops }, new AbortController().signal);
    await clock.advance(PASS_MS_MAX + 1_000);
    expect(failingLoops.stuckReasons()).toMatchObject([{ detail: expect.stringContaining(`of ${loop} has`) }]);
  });
});

describe('the loops of a relayer whose state nothing else tells', () => {
  it.each(LOOPS)('tell that they fail: %s', async (loop, run) => {
    const clock = new FakeClock();
    const failingLoops = new FailingLoops(clock);
    const stopping = new AbortController();
    const running = run(
      { ...portsOver(fails), clock, observer: new RecordingObserver(), failingLoops },
      stopping.signal,
    );
    await settle();
    stopping.abort();
    await running;
    expect(failingLoops.list()).toMatchObject([{ loop, code: 'AWAY', detail: 'nobody answers' }]);
  });

  it.each(LOOPS)('tell that a pass does not end: %s', async (loop, run) => {
    const clock = new FakeClock();
    const failingLoops = new FailingLoops(clock);
    const stopping = new AbortController();
    const world = { ...portsOver(hangs), clock, observer: new RecordingObserver(), failingLoops };
    void run(world, stopping.signal);
    await clock.advance(PASS_MS_MAX);
    expect([failingLoops.list(), failingLoops.stuckReasons()]).toEqual([[], []]);
    await clock.advance(1_000);
    const detail = `the loop of ${loop} has been in one pass for 1801 s; expected at most 1800 s`;
    expect(failingLoops.stuckReasons()).toEqual([{ code: 'LOOP_STUCK', detail }]);
    stopping.abort();
  });
});
