import {
  type AssetTerms,
  type LedgerFact,
  type MarginSnapshot,
  type MarginSums,
  type VaultFact,
  sumsOf,
  weighAccount,
} from '@surety/workflows';
import {
  type BlockHeight,
  type Bytes32,
  ENTRY_KINDS,
  ZERO_WORD,
  address,
  bytes32,
  bytesToHex,
  coverageOf,
  shortfallParty,
  tokenUnits,
} from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import { steadyPrice } from '@surety/margin';
import type { TestApp } from './start-test-app.js';
import { type TestKey, testAccount, testKey, testLock } from './test-attesters.js';

/** The account that most tests lock for. */
export const ALICE = testAccount(1);
/** The account that earns the fees. */
export const FEE_TO = testAccount(50);

/** The accounts that are paid. */
export const RECIPIENT = address(`0x${'77'.repeat(20)}`);

/** Terms of asset 4: a dollar of 6 decimals on source 1. */
export const TERMS: AssetTerms = {
  assetId: 4,
  sourceIndex: 1,
  asset: { decimals: 6, baseInitialBps: 9_500, baseMaintenanceBps: 9_800 },
  source: {
    state: 'LIVE',
    stateUntil: 0n,
    asOf: 1_700_000_000n,
    weightInitialBps: 9_000,
    weightMaintenanceBps: 9_500,
    staleAfterMinutes: 90,
    darkAfterMinutes: 360,
    floorAfterMinutes: 4_320,
    frozenMaintenanceBps: 10_000,
    thawedAt: 0n,
  },
  isStanding: false,
  prices: [steadyPrice({ price1e12: 10n ** 12n, observedAt: 1_700_000_000n, maxAgeS: 3_600 })],
};

/** Events on the fake settlement chain of one test application, in the terms of its journal. */
export class TestLedger {
  readonly #test: TestApp;

  constructor(test: TestApp) {
    this.#test = test;
  }

  /** Lists source 1 and its asset. */
  list(): void {
    const { reader, journal, releases } = this.#test;
    const { edgeId, edge } = journal.known;
    reader.terms.set(4, TERMS);
    reader.add(
      {
        kind: 'source-listed',
        source: 1,
        edge: edgeId,
        outboundEdge: releases.known.edgeId,
        originChainId: 31,
        vault: edge.journal,
      },
      { kind: 'asset-listed', assetId: 4, source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
    );
  }

  /** The batch of entries `from` < n ≤ `to`. */
  applied(from: number, to: number): LedgerFact {
    const { known } = this.#test.journal;
    const { count, head } = this.#test.journal.position(to);
    return { kind: 'applied', edge: known.edgeId, from: BigInt(from), to: count, head, feeTo: FEE_TO };
  }

  /** Hands in all entries of the journal and enough statements. */
  async attest(): Promise<void> {
    const { intake, journal, keys } = this.#test;
    await intake.postEntries(journal.posted(this.key(0)));
    await intake.postStatements(keys.slice(0, 3).map((one) => journal.signed(one)));
  }

  /** Locks 1,000 dollars for Alice with a fee of 5 units, and lets the ledger apply it. */
  async credit(): Promise<void> {
    const { journal, reader, follower } = this.#test;
    this.list();
    journal.append(testLock(ALICE, 1_000_000_000n, 1, 5n));
    await this.attest();
    reader.add({ kind: 'enabled', account: ALICE, assetId: 4, on: true }, this.applied(0, 1));
    await follower.advance();
  }

  /** Debits a release of Alice's, by the journal toward the vault, and lets the ledger's fold see it. */
  release(amount: bigint, fee = 0n): void {
    const { reader, releases } = this.#test;
    const party = bytes32(`0x${'0'.repeat(24)}${RECIPIENT.slice(2)}`);
    const entry = { kind: 'RELEASE' as const, asset: 1, amount: tokenUnits(amount), account: ALICE, party };
    releases.append({ ...entry, fee: tokenUnits(fee) });
    const { length } = releases.entries;
    const [location] = releases.located(length - 1).locations;
    if (location === undefined) throw new TypeError('a release has a place');
    const edge = releases.known.edgeId;
    reader.add({
      kind: 'released',
      edge,
      account: ALICE,
      assetId: 4,
      vaultAsset: 1,
      amount,
      recipient: party,
      fee,
      location: { ...location, blockHeight: (reader.tip + 1n) as BlockHeight },
    });
  }

  /** Lets the ledger apply the vault's word that a release was stopped: its account gets the amount back. */
  async refund(seq: bigint, amount: bigint): Promise<void> {
    const { journal, reader, follower } = this.#test;
    const party = bytes32(`0x${seq.toString(16).padStart(64, '0')}`);
    journal.append({
      kind: 'REFUND',
      asset: 1,
      amount: tokenUnits(amount),
      account: ALICE,
      party,
      fee: tokenUnits(0n),
    });
    await this.attest();
    const { length } = journal.entries;
    reader.add(
      { kind: 'refunded', source: 1, seq, account: ALICE, assetId: 4, amount },
      this.applied(length - 1, length),
    );
    await follower.advance();
  }

  /** Lets the ledger apply the vault's report of how many units of the asset have no tokens, which it tells as `coverage`. */
  async report(
    missing: bigint,
    accounted: bigint,
    { since = 0n, answers = 0n }: { readonly since?: bigint; readonly answers?: bigint } = {},
  ): Promise<void> {
    const { journal, reader, follower } = this.#test;
    const party = shortfallParty({ accounted, answers });
    const units = { amount: tokenUnits(missing), fee: tokenUnits(0n) };
    journal.append({ kind: 'SHORTFALL', asset: 1, account: ZERO_WORD, party, ...units });
    await this.attest();
    const { length } = journal.entries;
    const coverageWad = coverageOf({ missing, accounted });
    const inForceWad = since === 0n ? coverageWad : follower.books.coverageOf({ source: 1, vaultAsset: 1 }).inForceWad;
    const told = { source: 1, vaultAsset: 1, coverageWad, inForceWad, impairedSince: since };
    const loss = { kind: 'loss-settled', source: 1, vaultAsset: 1, lostSeq: answers } as const;
    const facts = [{ kind: 'coverage-reported', ...told } as const, this.applied(length - 1, length)];
    reader.add(...(answers === 0n ? [] : [loss]), ...facts);
    await follower.advance();
  }

  /** Reports units to the vault for which nothing was ever locked, and lets the ledger's fold see it. */
  async lose(amount: bigint): Promise<void> {
    const { reader, releases, follower } = this.#test;
    const units = { amount: tokenUnits(amount), fee: tokenUnits(0n) };
    releases.append({ kind: 'LOST', asset: 1, account: ZERO_WORD, party: ZERO_WORD, ...units });
    const [location] = releases.located(releases.entries.length - 1).locations;
    if (location === undefined) throw new TypeError('a loss has a place');
    const journaled = {
      kind: 'journaled',
      edge: releases.known.edgeId,
      entryKind: ENTRY_KINDS.LOST,
      vaultAsset: 1,
      amount,
      account: ZERO_WORD,
      party: ZERO_WORD,
      location: { ...location, blockHeight: (reader.tip + 1n) as BlockHeight },
    } as const;
    // That much of the first credit was taken back and not there, as after a rewind.
    const entryHash = bytes32(bytesToHex(keccak256(this.#test.journal.packed(0, 1))));
    const asset = { source: 1, vaultAsset: 1, units: amount };
    reader.add({ kind: 'missing-again', ...asset, seq: 1n, entryHash }, journaled, {
      kind: 'written-off',
      ...asset,
      found: false,
      lostSeq: location.index,
    });
    await follower.advance();
  }

  /** Signs the whole journal toward the vault with enough members. */
  async attestReleases(): Promise<void> {
    const { intake, releases, keys } = this.#test;
    await intake.postStatements(keys.slice(0, 3).map((one) => releases.signed(one)));
  }

  /** Events of a vault that replays entries `from` < n ≤ `to`: each is payable, or to be taken over, from `readyAt` on. */
  recorded(from: number, to: number, readyAt = 1_700_000_000n): VaultFact[] {
    const { releases } = this.#test;
    const { count, head } = releases.position(to);
    const queued = releases.entries.slice(from, to).map(({ kind, amount, account }, at): VaultFact => {
      const waits = { seq: BigInt(from + at + 1), vaultAsset: 1, amount, readyAt };
      if (kind === 'LOST') return { kind: 'loss-queued', found: false, ...waits };
      return { kind: 'queued', ...waits, account, recipient: RECIPIENT };
    });
    return [...queued, { kind: 'applied', edge: releases.known.edgeId, from: BigInt(from), to: count, head }];
  }

  /** The n-th attester's key. */
  key(n: number): TestKey {
    return this.#test.keys[n] ?? testKey(0);
  }

  /** The weights of lines now. */
  snapshot(): MarginSnapshot {
    const { snapshot } = this.#test.follower;
    if (snapshot === undefined) throw new TypeError('nothing is folded');
    return snapshot;
  }

  /** The figures that an honest ledger gives now. */
  async sums(account: Bytes32): Promise<MarginSums> {
    const lines = await this.#test.store.collateral.loadLinesOf(account);
    return sumsOf(weighAccount(lines, this.snapshot()).margin);
  }
}
