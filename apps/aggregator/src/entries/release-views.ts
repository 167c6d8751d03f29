import type {
  OpenPaymentView,
  OrphanView,
  ParkedCreditView,
  ReleaseView,
  SolvencyAnswer,
  StoppedPaymentView,
} from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, WAD, bytesToHex, unpackEntry } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  type Clock,
  type EdgeBook,
  type EntryFact,
  Intake,
  LedgerFollower,
  type PaymentRow,
  type VaultFollower,
  accountOfEntry,
  attesterEpochAt,
  isLocalEdge,
  readKnownEntry,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { wordText } from '../follow/edge-condition.js';
import { PAGE_LOADS_MAX, PAYMENTS_PER_READ_MAX, RELEASES_PER_ACCOUNT_MAX, STOPPED_PER_READ_MAX } from '../limits.js';
import { Problem } from '../problem.js';
import { type ReleaseStageAnswer, openStateOf, releaseStageOf } from './release-stage.js';
import type { Names } from './names.js';

/** A requested entry of the ledger's journal. */
export interface AskedRelease {
  readonly book: EdgeBook;
  readonly index: bigint;
  readonly isFinal: boolean;
  readonly isLocal: boolean;
  readonly signers: number;
  readonly quorum: number;
  /** True once the ledger gave back what its stopped payment had debited. */
  readonly isRefunded?: boolean;
}

/** Shows releases: where each stands, what waits for payment, and what all of it sums to. */
@Injectable()
export class ReleaseViews {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.names) private readonly names: Names,
  ) {}

  /** Returns an account's releases, newest first over all vaults, a bounded number: those that are done leave room for those that are not. */
  async releasesOf(account: Bytes32): Promise<ReleaseView[]> {
    const { intake, store } = this;
    const views: { at: bigint; view: ReleaseView }[] = [];
    for (const book of intake.books.filter((one) => one.known.direction === 'to-vault')) {
      const edge = book.known.edgeId;
      const request = { account, edge, limit: RELEASES_PER_ACCOUNT_MAX };
      const { entries, candidates } = await store.views.loadNewestOfAccount(request);
      const packed = new Map<bigint, { packed: Uint8Array; isFinal: boolean; at: bigint }>();
      for (const [index, bytes] of this.#requested(edge, account))
        packed.set(index, { packed: bytes, isFinal: false, at: 2n ** 64n });
      for (const one of [...candidates, ...entries]) {
        const isFinal = 'head' in one || one.stage === 'final';
        packed.set(one.index, { packed: one.packed, isFinal, at: one.location?.blockHeight ?? 0n });
      }
      for (const one of await this.#loadOlderUnpaid(request, packed))
        packed.set(one.index, { packed: one.packed, isFinal: true, at: one.location?.blockHeight ?? 0n });
      const indexes = [...packed.keys()];
      const payments = await this.#loadPayments(book, indexes);
      for (const [index, { packed: bytes, isFinal, at }] of packed) {
        if (readKnownEntry(bytes)?.kind !== 'RELEASE') continue;
        const isLocal = isLocalEdge(book.known);
        const asked = { book, index, isFinal, isLocal, signers: 0, quorum: this.#quorumOf(book) };
        const payment = payments.get(index);
        const isRefunded = payment?.state === 'STOPPED' && (await this.#refundsOf(book, [payment.seq])).size > 0;
        views.push({ at, view: this.#release({ ...asked, isRefunded }, bytes, payment) });
      }
    }
    const newestFirst = views.sort((left, right) =>
      left.at === right.at ? Number(right.view.index - left.view.index) : left.at > right.at ? -1 : 1,
    );
    const isDone = ({ view }: (typeof views)[number]): boolean => view.stage === 'paid' || view.stage === 'refunded';
    const open = newestFirst.filter((one) => !isDone(one)).slice(0, RELEASES_PER_ACCOUNT_MAX);
    const done = newestFirst.filter(isDone).slice(0, RELEASES_PER_ACCOUNT_MAX - open.length);
    const shown = new Set([...open, ...done]);
    return newestFirst.filter((one) => shown.has(one)).map(({ view }) => view);
  }

  /** Returns where one release stands, with its payment once the vault has recorded it in a final block. */
  async stageOf(asked: AskedRelease): Promise<{ answer: ReleaseStageAnswer; payment: PaymentRow | undefined }> {
    const payment = (await this.#loadPayments(asked.book, [asked.index])).get(asked.index);
    const isRefunded = payment?.state === 'STOPPED' && (await this.#refundsOf(asked.book, [payment.seq])).size > 0;
    return { answer: this.#answer({ ...asked, isRefunded }, payment), payment };
  }

  /** Returns a release that only the newest block shows, packed. */
  requested(edge: Bytes32, index: bigint): Uint8Array | undefined {
    return this.#requested(edge, undefined).find(([at]) => at === index)?.[1];
  }

  /** Returns what an edge's vault has recorded and not finally paid, ascending past a number, at most 256. @throws Problem 404. */
  payments(edge: Bytes32, afterSeq: bigint): Promise<PartOfPage<OpenPaymentView>> {
    return fillPage(afterSeq, PAYMENTS_PER_READ_MAX, (after) => this.#loadOpen(edge, after));
  }

  /** Returns what an edge's vault has stopped in final blocks, ascending past a number, at most 64. @throws Problem 404. */
  stopped(edge: Bytes32, afterSeq: bigint): Promise<PartOfPage<StoppedPaymentView>> {
    return fillPage(afterSeq, STOPPED_PER_READ_MAX, (after) => this.#loadStopped(edge, after));
  }

  /** Returns what is parked of a source, ascending past a number, a bounded number. @throws Problem 404 UNKNOWN_SOURCE. */
  async parked({ source, after }: { readonly source: number; readonly after: bigint }): Promise<ParkedCreditView[]> {
    this.#requireSource(source);
    const rows = await this.store.collateral.loadParkedAfter(source, after, PAYMENTS_PER_READ_MAX);
    return rows.map(({ index, account, vaultAsset, amount, fee, reason }) => {
      return { source, index, account, vaultAsset, amount, fee, reason };
    });
  }

  /** Returns a source's entries of which orphans are left, ascending past a hash, a bounded number. @throws Problem 404 UNKNOWN_SOURCE. */
  async orphans(source: number, after: Bytes32 | undefined): Promise<OrphanView[]> {
    this.#requireSource(source);
    const rows = await this.store.collateral.loadOrphansAfter(source, after, PAYMENTS_PER_READ_MAX);
    return rows.map(({ entryHash, packed, vaultAsset, count }) => {
      return { source, entryHash, entry: bytesToHex(packed), vaultAsset, count };
    });
  }

  /** Returns what claims on each asset sum to: on the ledger, and at its vault. */
  solvency(): SolvencyAnswer {
    const { follower, vaults, names } = this;
    const bySource = new Map([...vaults.values()].map((vault) => [vault.replica.source, vault]));
    const assets = [...follower.books.assets.values()].map((asset) => {
      const { assetId, source, vaultAsset } = asset;
      const { lines = 0n, parked = 0n, released = 0n, refunded = 0n } = follower.books.sums.get(assetId) ?? {};
      const { owed, paid, heldWad, shortSince } = vaultSide(bySource.get(source), vaultAsset);
      const coverage = follower.books.coverageOf({ source, vaultAsset });
      const { inForceWad, reportedWad, impairedSince, lostSeq, orphaned, missing, found } = coverage;
      const named = { assetId, source, chainId: names.chainIdOf(source), symbol: names.symbolOf(asset) };
      const sums = { lines, parked, released, refunded, owed, paid };
      return {
        ...named,
        ...sums,
        coverageWad: inForceWad,
        reportedWad,
        impairedSince: impairedSince || null,
        lostSeq: lostSeq || null,
        orphaned,
        missing,
        found,
        heldWad,
        shortSince,
      };
    });
    const cursors = [follower.cursor, ...[...new Set(vaults.values())].map((vault) => vault.cursor)];
    const blocks = cursors.flatMap((cursor) =>
      cursor === undefined ? [] : [{ chainId: cursor.chainId, height: cursor.height, hash: cursor.hash }],
    );
    return { assets, blocks };
  }

  async #loadOpen(edge: Bytes32, afterSeq: bigint): Promise<PartOfPage<OpenPaymentView>> {
    const { store } = this;
    const { book, vault } = this.#require(edge);
    const rows = await store.payments.loadOpenPayments(edge, afterSeq, PAYMENTS_PER_READ_MAX);
    const held = new Map(rows.map((row) => [row.seq, row]));
    const last = rows.length < PAYMENTS_PER_READ_MAX ? undefined : rows.at(-1)?.seq;
    // What blocks show that are not final yet. One that is being folded is in no row until its step is saved.
    const fresh = [...vault.glance.payments.keys()].filter(
      (seq) => seq > afterSeq && !held.has(seq) && (last === undefined || seq < last),
    );
    // What a rewind voided under a number is not what the newest blocks show there.
    const known = await this.#loadPayments(book, fresh);
    for (const row of known.values()) if (row.state !== 'VOID') held.set(row.seq, row);
    const seqs = [...new Set([...held.keys(), ...fresh])].sort((left, right) => (left < right ? -1 : 1));
    const wanted = seqs.slice(0, PAYMENTS_PER_READ_MAX);
    const entries = await store.intake.loadEntriesAt(edge, wanted);
    const packed = new Map(entries.map((entry) => [entry.index, entry.packed]));
    const shown = wanted.flatMap((seq): OpenPaymentView[] => {
      const index = seq;
      const row = held.get(seq);
      const bytes = ownEntry(packed.get(seq), row);
      const readyAt = row?.readyAt ?? vault.glance.payments.get(seq)?.readyAt;
      const asked = { book, index, isFinal: true, isLocal: isLocalEdge(book.known), signers: 0, quorum: 0 };
      const state = openStateOf(this.#answer(asked, row));
      if (bytes === undefined || readyAt === undefined || state === undefined) return [];
      const { asset, amount } = unpackEntry(bytes);
      return [{ seq, entry: bytesToHex(bytes), readyAt, state, lane: vault.laneOf(asset, amount) ?? null }];
    });
    return { shown, next: wanted.length < PAYMENTS_PER_READ_MAX ? undefined : wanted.at(-1) };
  }

  async #loadStopped(edge: Bytes32, afterSeq: bigint): Promise<PartOfPage<StoppedPaymentView>> {
    const { store } = this;
    const { book } = this.#require(edge);
    const rows = await store.payments.loadStoppedPayments(edge, afterSeq, STOPPED_PER_READ_MAX);
    const seqs = rows.map(({ seq }) => seq);
    const entries = await store.intake.loadEntriesAt(edge, seqs);
    const packed = new Map(entries.map((entry) => [entry.index, entry.packed]));
    const refunds = await this.#refundsOf(book, seqs);
    const shown = rows.flatMap(({ seq, stopReason }): StoppedPaymentView[] => {
      const bytes = packed.get(seq);
      if (bytes === undefined) return [];
      const refunded = refunds.get(seq) ?? null;
      const reason = stopReason === null ? null : wordText(stopReason) || null;
      const state = refunded === null ? 'stopped' : 'refunded';
      return [{ seq, entry: bytesToHex(bytes), state, reason, refunded }];
    });
    return { shown, next: rows.length < STOPPED_PER_READ_MAX ? undefined : rows.at(-1)?.seq };
  }

  #release(asked: AskedRelease, packed: Uint8Array, payment: PaymentRow | undefined): ReleaseView {
    const { follower, names } = this;
    const { known } = asked.book;
    const { asset, amount, fee, party } = unpackEntry(packed);
    const { source } = known;
    const seq = asked.index;
    const glanced = this.vaults.get(known.edgeId)?.glance.payments.get(seq);
    return {
      id: `${known.edgeId}:${asked.index}`,
      edge: known.edgeId,
      index: asked.index,
      seq,
      chainId: Number(known.edge.destinationChainId),
      source,
      assetId: follower.books.assetIdOf(source, asset) ?? null,
      symbol: names.symbolOf({ source, vaultAsset: asset }),
      amount,
      fee,
      borne: payment?.borne ?? 0n,
      recipient: party,
      readyAt: payment?.readyAt ?? glanced?.readyAt ?? null,
      ...this.#answer(asked, payment),
    };
  }

  /** Of what is configured, and of what the ledger has listed: while an aggregator rebuilds itself, it has no books yet. */
  #requireSource(source: number): void {
    const known = [
      ...[...this.vaults.values()].map((vault) => vault.reader.known),
      ...this.intake.books.map((book) => book.known),
    ];
    const sources = [...new Set(known.map((edge) => edge.source))].sort((one, two) => one - two);
    if (sources.includes(source)) return;
    const detail = `no vault is source ${source}; expected one of ${sources.join(', ')}, see /v1/edges`;
    throw new Problem({ status: 404, code: 'UNKNOWN_SOURCE', detail });
  }

  #answer(asked: AskedRelease, payment: PaymentRow | undefined): ReleaseStageAnswer {
    const { book, index, isFinal, isLocal, signers, quorum, isRefunded = false } = asked;
    const { appliedCount: recordedCount, attestedCount } = book;
    const glanced = this.vaults.get(book.known.edgeId)?.glance.payments.get(index);
    const nowS = BigInt(Math.floor(this.clock.nowMs() / 1_000));
    const facts = { index, recordedCount, attestedCount, isFinal, isLocal, signers, quorum, payment, glanced, nowS };
    return releaseStageOf({ ...facts, isRefunded });
  }

  /** Returns an account's releases that are not paid and not among the known ones. Under a number that a rewind voided, another account's may stand. */
  async #loadOlderUnpaid(
    request: { readonly account: Bytes32; readonly edge: Bytes32; readonly limit: number },
    known: ReadonlyMap<bigint, unknown>,
  ): Promise<readonly EntryFact[]> {
    const { intake, payments } = this.store;
    const unpaid = await payments.loadUnpaidOfAccount(request);
    const older = unpaid.map(({ seq }) => seq).filter((seq) => !known.has(seq));
    const entries = await intake.loadEntriesAt(request.edge, older);
    return entries.filter(({ packed }) => accountOfEntry(packed) === request.account);
  }

  /** Returns the payments of some releases. Past the replica's end there is none: what a rewind left there may become another one's. */
  async #loadPayments(book: EdgeBook, indexes: readonly bigint[]): Promise<Map<bigint, PaymentRow>> {
    const { store, vaults } = this;
    const { edgeId } = book.known;
    const recorded = vaults.get(edgeId)?.replica.count ?? 0n;
    const rows = await store.payments.loadPayments(edgeId, indexes);
    return new Map(rows.filter(({ seq }) => seq <= recorded).map((row) => [row.seq, row]));
  }

  #requested(edge: Bytes32, account: Bytes32 | undefined): (readonly [index: bigint, packed: Uint8Array])[] {
    const seen = this.follower.glance.requestedOf(edge);
    if (seen === undefined) return [];
    const each = seen.packed.length / Math.max(1, seen.locations.length);
    return seen.locations.flatMap(({ index }, at) => {
      const packed = seen.packed.subarray(at * each, (at + 1) * each);
      return account === undefined || accountOfEntry(packed) === account ? [[index, packed] as const] : [];
    });
  }

  /** Returns what came back of some releases, by their number. */
  async #refundsOf(book: EdgeBook, seqs: readonly bigint[]): Promise<Map<bigint, bigint>> {
    const refunds = await this.store.collateral.loadRefunds(book.known.source, seqs);
    return new Map(refunds.map(({ seq, amount }) => [seq, amount]));
  }

  #require(edge: Bytes32): { readonly book: EdgeBook; readonly vault: VaultFollower } {
    const book = this.intake.book(edge);
    const vault = this.vaults.get(edge);
    if (book !== undefined && vault !== undefined) return { book, vault };
    const detail = `edge ${edge} leads to no vault of this deployment; see /v1/edges`;
    throw new Problem({ status: 404, code: 'UNKNOWN_EDGE', detail });
  }

  #quorumOf(book: EdgeBook): number {
    return attesterEpochAt(this.intake.epochsOf(book.known.domain), 2n ** 63n)?.quorum ?? 0;
  }
}

/** Returns what a vault says of one asset: nothing before a block of it is folded, or where the configuration names no such vault. */
function vaultSide(
  vault: VaultFollower | undefined,
  vaultAsset: number,
): Pick<SolvencyAnswer['assets'][number], 'owed' | 'paid' | 'heldWad' | 'shortSince'> {
  if (vault?.cursor === undefined) return { owed: null, paid: null, heldWad: null, shortSince: null };
  const { owed = 0n, paid = 0n, coverageWad = 0n, shortSince = 0n, reportedAt = 0n } = vault.sums.get(vaultAsset) ?? {};
  return { owed, paid, heldWad: reportedAt === 0n ? WAD : coverageWad, shortSince: shortSince || null };
}

/** Part of a page: what of some rows is shown, and the number behind which more rows are; undefined at the end, and where the page is full. */
interface PartOfPage<View> {
  readonly shown: readonly View[];
  readonly next: bigint | undefined;
}

/**
 * Reads on until a page is full, the rows end, or enough of them are read. A reader takes a short page for the end, so a row that is not
 * shown must not shorten one; where it does in the end, `next` says so.
 */
async function fillPage<View>(
  afterSeq: bigint,
  limit: number,
  load: (afterSeq: bigint) => Promise<PartOfPage<View>>,
): Promise<PartOfPage<View>> {
  const found: View[] = [];
  let from: bigint | undefined = afterSeq;
  for (let loads = 0; loads < PAGE_LOADS_MAX && from !== undefined && found.length < limit; loads++) {
    const { shown, next }: PartOfPage<View> = await load(from);
    found.push(...shown);
    from = next;
  }
  return found.length < limit ? { shown: found, next: from } : { shown: found.slice(0, limit), next: undefined };
}

/** Returns the ledger's entry of a payment, unless the vault recorded another one under its number: nobody is led to pay that. */
function ownEntry(packed: Uint8Array | undefined, row: PaymentRow | undefined): Uint8Array | undefined {
  if (packed === undefined || row === undefined) return packed;
  const hash = keccak256(packed);
  return row.entryHash.every((byte, at) => byte === hash[at]) ? packed : undefined;
}
