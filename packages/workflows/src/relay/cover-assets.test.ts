import { type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { coverAssets, coverAssetsOnce } from './cover-assets.js';
import { ASSET_LOOK_MS } from './limits.js';

const EDGE: Bytes32 = bytes32(`0x${'e3'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;
const WAD = 10n ** 18n;
const WHOLE = {
  inForceWad: WAD,
  reportedWad: WAD,
  impairedSince: 0n,
  coverFrom: 0n,
  lostSeq: 0n,
  owing: 0n,
  announcedAt: 0n,
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
  const deps = { assets, ledger, clock, observer };
  return { ledger, observer, clock, deps, look: () => coverAssetsOnce(deps) };
}

describe('assets of the ledger', () => {
  it('are left alone while nothing is reported of them', async () => {
    const { ledger, look } = lookedAfter();
    expect(await look()).toEqual([]);
    expect([ledger.covered, ledger.writtenOff, ledger.refusals]).toEqual([[], [], 0]);
  });

  it('get the reported coverage in force once its date has come, and people learn of it', async () => {
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

  it('get more than is in force too, once it may be', async () => {
    const { ledger, look } = lookedAfter();
    ledger.coverages.set(12, { ...WHOLE, inForceWad: WAD / 2n });
    expect(await look()).toEqual([{ assetId: 12, event: 'coverage-in-force' }]);
    expect(await look()).toEqual([]);
    expect(ledger.covered).toEqual([12]);
  });

  it('have what a closed generation left owing announced, and written off three days later', async () => {
    const { ledger, observer, look } = lookedAfter();
    ledger.coverages.set(11, { ...WHOLE, owing: 70n });
    expect(await look()).toEqual([{ assetId: 11, event: 'write-off-announced' }]);
    expect(await look()).toEqual([]);
    ledger.asOf += 259_200n;
    expect(await look()).toEqual([{ assetId: 11, event: 'loss-written-off' }]);
    expect(await look()).toEqual([]);
    expect(observer.named('loss-written-off').map(({ fields }) => fields['units'])).toEqual([70n]);
  });

  it('are looked at again a minute after a provider failed', async () => {
    const { ledger, observer, clock, deps } = lookedAfter();
    ledger.coverages.set(11, { ...WHOLE, reportedWad: 0n, impairedSince: 1n, coverFrom: 1n });
    ledger.failure = silentChain();
    const stop = new AbortController();
    const loop = coverAssets(deps, stop.signal);
    await clock.advance(0);
    expect(observer.named('cover-failed').map(({ level }) => level)).toEqual(['warn']);
    expect([ledger.distrusted, ledger.covered]).toEqual([1, []]);
    await clock.advance(ASSET_LOOK_MS);
    expect(ledger.covered).toEqual([11]);
    stop.abort();
    await loop;
  });
});
