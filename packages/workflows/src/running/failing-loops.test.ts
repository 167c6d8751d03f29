import { AppError, address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
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
import { FailingLoops } from './failing-loops.js';

const away = new AppError({ code: 'AWAY', message: 'nobody answers', retryable: true });

/** A port whose every question fails. */
const broken: never = new Proxy({} as never, {
  get: (_, name) => (name === 'distrustProvider' ? () => undefined : () => Promise.reject(away)),
});

const EDGE = `0x${'ed'.repeat(32)}`;

/** What all loops here have, and enough of each to run a pass. */
const ports = {
  source: 1,
  direction: 'to-ledger' as const,
  edge: bytes32(EDGE),
  assets: [{ source: 1, vaultAsset: 0, assetId: 1 }],
  protocols: [broken],
  refreshAfterS: 300n,
  pauseMs: 100,
  pollIntervalMs: 100,
  policy: { mode: 'all', pollIntervalMs: 100, subsidyWei: 0n } as never,
  hints: [broken],
  entries: [broken],
  confirmers: [broken],
  publishers: [broken],
  ledger: broken,
  vault: broken,
  verifier: broken,
  desk: broken,
  board: broken,
  replica: broken,
  waiting: broken,
  domain: broken,
  keccak256: broken,
  recoverSigner: broken,
  readJournal: () => Promise.reject(away),
  readWorthWei: () => Promise.reject(away),
  report: () => undefined,
};

/** Watchers' silence is no failure: what they serve has the replica and the desk asked. */
const domain = { chainId: 900, verifyingContract: 'verifier' } as never;
const halts = { readHalts: () => Promise.resolve([{ domain }]) } as never;
const protocol = address(`0x${'aa'.repeat(20)}`);
const verifier = address(`0x${'bb'.repeat(20)}`);
const reports = { readReports: () => Promise.resolve([{ report: { protocol }, verifier }]) } as never;
const reportDesk = { verifier, recoverSigner: () => Promise.reject(away), distrustProvider: () => undefined } as never;

type World = typeof ports & { clock: FakeClock; observer: RecordingObserver; failingLoops: FailingLoops };

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
    (world, signal) => relayReports({ ...world, protocols: [protocol], desk: reportDesk, sources: [reports] }, signal),
  ],
];

describe('the loops of a relayer whose state nothing else tells', () => {
  it.each(LOOPS)('tell that they fail: %s', async (loop, run) => {
    const clock = new FakeClock();
    const failingLoops = new FailingLoops(clock);
    const stopping = new AbortController();
    const running = run({ ...ports, clock, observer: new RecordingObserver(), failingLoops }, stopping.signal);
    await settle();
    stopping.abort();
    await running;
    expect(failingLoops.list()).toMatchObject([{ loop, code: 'AWAY', detail: 'nobody answers' }]);
  });
});
