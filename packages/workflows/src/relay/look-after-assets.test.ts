import { AppError, type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { VaultHolding } from '../ports/vault.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { lookAfterAssetsOnce } from './look-after-assets.js';

const EDGE: Bytes32 = bytes32(`0x${'e2'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;
const WAD = 10n ** 18n;
const WHOLE: VaultHolding = { accounted: 100n, held: 100n, reportedWad: WAD, shortSince: 0n, hasEnded: false };

describe('assets of a vault', () => {
  it('are reported once where tokens are missing, with an alarm', async () => {
    const { vault, observer, look } = lookedAfter();
    expect(await look()).toEqual([]);
    vault.holdings.set(2, { ...WHOLE, held: 90n });
    expect(await look()).toEqual([{ asset: 2, event: 'shortfall-reported' }]);
    expect(await look()).toEqual([]);
    expect(observer.named('shortfall-reported').map(({ level }) => level)).toEqual(['error']);
    expect(vault.reported).toEqual([2]);
    vault.replica.failure = silentChain();
    await expect(look()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });

  it('are not reported where one reading alone shows that tokens are missing', async () => {
    const { vault, look } = lookedAfter();
    const read = vault.readHolding.bind(vault);
    let readings = 0;
    vault.readHolding = async (asset) => {
      const holding = await read(asset);
      return asset === 1 && (readings += 1) === 1 ? { ...holding, held: 90n } : holding;
    };
    expect(await look()).toEqual([]);
    expect([vault.reported, readings]).toEqual([[], 2]);
  });

  it('are reported at once when more is missing or nothing any more, and a day later when less is', async () => {
    const { vault, change, tellLedger, look } = lookedAfter();
    change(1, { held: 90n });
    await look();
    change(1, { held: 80n });
    await look();
    expect(vault.reported).toEqual([1, 1]);
    change(1, { held: 85n });
    expect(await look()).toEqual([]);
    vault.reportedToday.clear();
    await look();
    expect(vault.reported).toEqual([1, 1, 1]);
    change(1, { held: 100n });
    await look();
    expect(vault.reported).toEqual([1, 1, 1, 1]);
    vault.reportedToday.clear();
    tellLedger();
    expect(await look()).toEqual([]);
  });

  it('are reported again if the ledger knows another figure, once a day', async () => {
    const { vault, ledger, look } = lookedAfter();
    const counted = { inForceWad: WAD / 2n, reportedWad: WAD / 2n, impairedSince: 0n, coverFrom: 0n };
    ledger.coverages.set(11, { ...counted, lostSeq: 0n, orphaned: 0n, missing: 0n, found: 0n });
    expect(await look()).toEqual([{ asset: 1, event: 'shortfall-reported' }]);
    expect(await look()).toEqual([]);
    vault.reportedToday.clear();
    expect(await look()).toEqual([{ asset: 1, event: 'shortfall-reported' }]);
  });

  it('are reported if the ledger waits for a report since a rewind undid the last one', async () => {
    const { vault, ledger, look } = lookedAfter();
    const counted = { inForceWad: WAD, reportedWad: WAD, impairedSince: 5_000n, coverFrom: 0n };
    ledger.coverages.set(11, { ...counted, lostSeq: 0n, orphaned: 0n, missing: 0n, found: 0n });
    expect(await look()).toEqual([{ asset: 1, event: 'shortfall-reported' }]);
    expect(await look()).toEqual([]);
    expect(vault.reported).toEqual([1]);
  });

  it('are judged by the vault alone while the ledger’s chain does not respond', async () => {
    const { vault, ledger, look } = lookedAfter();
    vault.holdings.set(2, { ...WHOLE, held: 90n });
    ledger.failure = silentChain();
    expect(await look()).toEqual([{ asset: 2, event: 'shortfall-reported' }]);
    expect(ledger.distrusted).toBe(1);
  });

  it('are not reported after an exit ended them, nor while the token returns no balance', async () => {
    const { vault, change, look } = lookedAfter();
    change(1, { held: 90n, hasEnded: true });
    change(2, { held: null });
    expect(await look()).toEqual([]);
    expect(vault.reported).toEqual([]);
  });

  it('are looked after though one before them fails, and its error is thrown at the end', async () => {
    const { vault, observer, look } = lookedAfter();
    const read = vault.readHolding.bind(vault);
    vault.readHolding = async (asset) => {
      if (asset === 1) throw silentChain();
      return read(asset);
    };
    vault.holdings.set(2, { ...WHOLE, held: 90n });
    vault.recoded.add(2);
    await expect(look()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(vault.reported).toEqual([2]);
    expect(observer.events.map(({ name }) => name)).toEqual(['shortfall-reported', 'token-code-noted']);
  });

  it('are left at once where a provider serves another chain', async () => {
    const { vault, look } = lookedAfter();
    const asked: number[] = [];
    vault.readHolding = async (asset) => {
      asked.push(asset);
      throw new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 1' });
    };
    await expect(look()).rejects.toMatchObject({ code: 'CHAIN_MISMATCH' });
    expect(asked).toEqual([1]);
  });

  it('are noted if a token’s code changed, and a shortage is still reported', async () => {
    const { vault, observer, look } = lookedAfter();
    vault.recoded.add(1);
    vault.holdings.set(1, { ...WHOLE, held: 0n });
    expect(await look()).toEqual([
      { asset: 1, event: 'shortfall-reported' },
      { asset: 1, event: 'token-code-noted' },
    ]);
    expect(observer.named('token-code-noted').map(({ level, fields }) => [level, fields['asset']])).toEqual([
      ['error', 1],
    ]);
  });
});

function lookedAfter() {
  const vault = new FakeVault({ edge: EDGE, source: 1, keccak256: noHash });
  const ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256: noHash });
  const observer = new RecordingObserver();
  const assets = [
    { source: 1, vaultAsset: 1, assetId: 11 },
    { source: 1, vaultAsset: 2, assetId: 12 },
  ];
  /** Delivers the reports to the ledger. */
  const tellLedger = (): void => {
    for (const { vaultAsset, assetId } of assets) {
      if (!vault.reported.includes(vaultAsset)) continue;
      const { reportedWad } = vault.holdings.get(vaultAsset) ?? WHOLE;
      const counted = { inForceWad: WAD, reportedWad, impairedSince: 0n, coverFrom: 0n };
      ledger.coverages.set(assetId, { ...counted, lostSeq: 0n, orphaned: 0n, missing: 0n, found: 0n });
    }
  };
  const deps = { source: 1, assets, vault, ledger, pauseMs: 60_000, clock: new FakeClock(), observer };
  const change = (asset: number, now: Partial<VaultHolding>): void => {
    vault.holdings.set(asset, { ...WHOLE, ...vault.holdings.get(asset), ...now });
  };
  return { vault, ledger, observer, change, tellLedger, look: () => lookAfterAssetsOnce(deps) };
}
