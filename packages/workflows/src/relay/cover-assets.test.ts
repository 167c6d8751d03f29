import { type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { OpenOrphan, OrphanHints } from '../ports/ledger.js';
import { FailingLoops } from '../running/failing-loops.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { coverAssets, coverAssetsOnce } from './cover-assets.js';
import { ORPHAN_PAGE, TAKE_BACKS_PER_PASS_MAX } from './limits.js';
import { freshTakeBackMemory } from './take-back-orphans.js';

const EDGE: Bytes32 = bytes32(`0x${'e3'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;
const WAD = 10n ** 18n;
const hashOf = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const WHOLE = {
  inForceWad: WAD,
  reportedWad: WAD,
  impairedSince: 0n,
  coverFrom: 0n,
  lostSeq: 0n,
  orphaned: 0n,
  missing: 0n,
  found: 0n,
};

function lookedAfter() {
  const ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256: noHash });
  ledger.asOf = 1_000n;
  const observer = new RecordingObserver();
  const clock = new FakeClock();
  const assets = [
    { source: 1, vaultAsset: 1, assetId: 11 },
    { source: 1, vaultAsset: 2, assetId: 12 },
  ];
  /** Orphans of source 1 that an aggregator lists, ordered by hash. */
  const listed: OpenOrphan[] = [];
  const asked: (Bytes32 | undefined)[] = [];
  const hints: OrphanHints[] = [
    {
      readOrphans: async (source, after) => {
        expect(source).toBe(1);
        asked.push(after);
        return listed.filter(({ entryHash }) => after === undefined || entryHash > after).slice(0, ORPHAN_PAGE);
      },
    },
  ];
  const deps = { assets, ledger, hints, pauseMs: 60_000, clock, observer };
  const memory = freshTakeBackMemory();
  return { ledger, observer, clock, deps, listed, asked, look: () => coverAssetsOnce(deps, memory) };
}

describe('assets of the ledger', () => {
  it('are left unchanged without a report', async () => {
    const { ledger, look } = lookedAfter();
    expect(await look()).toEqual([]);
    expect([ledger.covered, ledger.writtenOff, ledger.refusals]).toEqual([[], [], 0]);
  });

  it('get the reported coverage in force once it is due, with an alert', async () => {
    const { ledger, observer, look } = lookedAfter();
    ledger.coverages.set(12, { ...WHOLE, reportedWad: WAD / 2n, impairedSince: 500n, coverFrom: 1_100n });
    expect(await look()).toEqual([]);
    ledger.asOf = 1_100n;
    expect(await look()).toEqual([{ assetId: 12, event: 'coverage-in-force' }]);
    expect(await look()).toEqual([]);
    expect(ledger.covered).toEqual([12]);
    expect(observer.named('coverage-in-force').map(({ level, fields }) => [level, fields['coverage_wad']])).toEqual([
      ['error', WAD / 2n],
    ]);
  });

  it('get a higher coverage in force once that is allowed', async () => {
    const { ledger, look } = lookedAfter();
    ledger.coverages.set(12, { ...WHOLE, inForceWad: WAD / 2n });
    expect(await look()).toEqual([{ assetId: 12, event: 'coverage-in-force' }]);
    expect(await look()).toEqual([]);
    expect(ledger.covered).toEqual([12]);
  });

  it('have their orphans taken back once the ledger allows it, without trying the others before', async () => {
    const { ledger, observer, listed, look } = lookedAfter();
    ledger.coverages.set(12, { ...WHOLE, orphaned: 70n });
    ledger.orphans.push(...[1, 2, 3].map((n) => Uint8Array.of(n)));
    listed.push(...[1, 2, 3].map((n) => ({ entryHash: hashOf(n), packed: Uint8Array.of(n) })));
    ledger.takeBackFrom = 2_000n;
    expect(await look()).toEqual([]);
    expect([ledger.refusals, ledger.orphans.length]).toEqual([1, 3]);
    ledger.asOf = 2_000n;
    await look();
    expect(ledger.takenBack).toEqual([1, 2, 3].map((n) => Uint8Array.of(n)));
    expect(observer.named('orphan-taken-back').map(({ fields }) => fields['entry_hash'])).toEqual(
      [1, 2, 3].map(hashOf),
    );
  });

  it('have orphans taken back page by page, past one that the ledger does not know', async () => {
    const { ledger, listed, asked, look } = lookedAfter();
    ledger.coverages.set(12, { ...WHOLE, orphaned: 70n });
    const all = Array.from({ length: TAKE_BACKS_PER_PASS_MAX + 2 }, (_, n) => n);
    listed.push(...all.map((n) => ({ entryHash: hashOf(n), packed: Uint8Array.of(n) })));
    ledger.orphans.push(...all.slice(1).map((n) => Uint8Array.of(n)));
    await look();
    expect(ledger.takenBack).toHaveLength(TAKE_BACKS_PER_PASS_MAX - 1);
    await look();
    expect(ledger.orphans).toEqual([]);
    expect(asked).toEqual([undefined, hashOf(TAKE_BACKS_PER_PASS_MAX - 1)]);
  });

  it('inform their vault of missing, then of found units, one loss at a time and only without orphans', async () => {
    const { ledger, observer, look } = lookedAfter();
    ledger.coverages.set(11, { ...WHOLE, orphaned: 1n, missing: 70n, found: 5n });
    expect(await look()).toEqual([]);
    ledger.coverages.set(11, { ...WHOLE, missing: 70n, found: 5n });
    expect(await look()).toEqual([{ assetId: 11, event: 'loss-written-off' }]);
    expect(await look()).toEqual([]);
    expect(observer.named('loss-written-off').map(({ fields }) => [fields['missing'], fields['found']])).toEqual([
      [70n, 5n],
    ]);
    ledger.coverages.set(11, { ...WHOLE, found: 5n });
    expect(await look()).toEqual([{ assetId: 11, event: 'loss-written-off' }]);
  });

  it('are checked again in the next pass after a provider failed', async () => {
    const { ledger, observer, clock, deps } = lookedAfter();
    ledger.coverages.set(11, { ...WHOLE, reportedWad: 0n, impairedSince: 1n, coverFrom: 1n });
    ledger.failure = silentChain();
    const stop = new AbortController();
    const loop = coverAssets({ ...deps, failingLoops: new FailingLoops(clock) }, stop.signal);
    await clock.advance(0);
    expect(observer.named('cover-failed').map(({ level }) => level)).toEqual(['warn']);
    expect([ledger.distrusted, ledger.covered]).toEqual([1, []]);
    await clock.advance(deps.pauseMs);
    expect(ledger.covered).toEqual([11]);
    stop.abort();
    await loop;
  });
});
