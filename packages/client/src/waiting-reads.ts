import {
  ACCOUNTS_PER_PAGE_MAX,
  type OpenPaymentState,
  accountsAnswer,
  orphansAnswer,
  parkedAnswer,
  paymentsAnswer,
} from '@surety/api';
import { type Bytes32, hexToBytes } from '@surety/domain';
import type { AggregatorClient } from './aggregator-client.js';
import type { HttpJson } from './http-json.js';
import { badAnswer } from './bad-answer.js';
import { PAYMENTS_PER_PAGE, SHORT_PAGES_MAX } from './limits.js';

/** A release that a vault has recorded and not paid yet, as the aggregator reports it; callers verify it at the vault. */
export interface ListedPayment {
  /** Index of the release in the ledger's journal. */
  readonly seq: bigint;
  /** The journal's entry: 95 bytes. */
  readonly packed: Uint8Array;
  /** Block time in seconds from which anyone may pay it. */
  readonly readyAt: bigint;
  readonly state: OpenPaymentState;
}

/** A release whose payment the vault stopped, as the aggregator reports it; callers verify it at the vault. */
export interface ListedStop {
  /** Index of the release in the ledger's journal. */
  readonly seq: bigint;
  /** The journal's entry: 95 bytes. */
  readonly packed: Uint8Array;
  /** True if the ledger has given the amount back. */
  readonly isRefunded: boolean;
}

/** An entry that no journal holds any more, as the aggregator reports it; callers verify it at the ledger. */
export interface ListedOrphan {
  /** keccak256 of the packed entry. */
  readonly entryHash: Bytes32;
  /** The entry: 95 bytes. */
  readonly packed: Uint8Array;
}

/** Reads of payments, parked credits, orphans and accounts that wait for someone's transaction, page by page. */
export function waitingReads(http: HttpJson) {
  return {
    readAccountsBelow: (request, signal) => readAccountsBelow(http, request, signal),
    async readLeastHealthy({ below, skip, limit = ACCOUNTS_PER_PAGE_MAX }, signal) {
      const path = `/v1/accounts?below=${below}&order=health&skip=${skip}&limit=${limit}`;
      const { accounts } = await http.read(path, accountsAnswer, signal);
      const named = new Set(accounts.map(({ account }) => account));
      if (named.size === accounts.length) return accounts;
      throw badAnswer('answer.accounts', `${accounts.length} accounts, ${named.size} different ones`, 'each once');
    },
    async readParked(source, after, signal) {
      const path = `/v1/sources/${source}/parked?after=${after}`;
      const { parked } = await http.read(path, parkedAnswer, signal);
      requireAscending(
        parked.map(({ index }) => ({ seq: index })),
        { after, path: 'answer.parked' },
      );
      return parked;
    },
    async readOrphans(source, after, signal) {
      const path = `/v1/sources/${source}/orphans${after === undefined ? '' : `?after=${after}`}`;
      const { orphans } = await http.read(path, orphansAnswer, signal);
      let last = after ?? '';
      for (const { entryHash } of orphans) {
        if (entryHash <= last)
          throw badAnswer('answer.orphans', `hash ${entryHash} behind ${last}`, 'ascending hashes');
        last = entryHash;
      }
      return orphans.map(({ entryHash, entry }) => ({ entryHash, packed: hexToBytes(entry) }));
    },
    async readStopped(edge, afterSeq, signal) {
      const stopped = await fillPage({ after: afterSeq, path: 'answer.stopped' }, async (after) => {
        const answer = await readPaymentsPast(http, { edge, after }, signal);
        return { shown: answer.stopped, next: answer.nextStopped };
      });
      return stopped.map(({ seq, entry, state }) => {
        return { seq, packed: hexToBytes(entry), isRefunded: state === 'refunded' };
      });
    },
    async readPayments(edge, afterSeq, signal) {
      const payments = await fillPage({ after: afterSeq, path: 'answer.payments' }, async (after) => {
        const answer = await readPaymentsPast(http, { edge, after }, signal);
        return { shown: answer.payments, next: answer.next };
      });
      return payments.map(({ seq, entry, readyAt, state }) => ({ seq, packed: hexToBytes(entry), readyAt, state }));
    },
  } satisfies Partial<AggregatorClient>;
}

async function readAccountsBelow(
  http: HttpJson,
  { below, after, limit = ACCOUNTS_PER_PAGE_MAX }: Parameters<AggregatorClient['readAccountsBelow']>[0],
  signal?: AbortSignal,
): ReturnType<AggregatorClient['readAccountsBelow']> {
  const path = `/v1/accounts?below=${below}&limit=${limit}${after === undefined ? '' : `&after=${after}`}`;
  const { accounts } = await http.read(path, accountsAnswer, signal);
  let last = after ?? '';
  for (const { account } of accounts) {
    if (account <= last) throw badAnswer('answer.accounts', `account ${account} behind ${last}`, 'ascending accounts');
    last = account;
  }
  return accounts;
}

function readPaymentsPast(
  http: HttpJson,
  { edge, after }: { readonly edge: Bytes32; readonly after: bigint },
  signal?: AbortSignal,
) {
  return http.read(`/v1/edges/${edge}/payments?after=${after}`, paymentsAnswer, signal);
}

/** Reads on where a page ends before it is full and before its end: readers take a short one for the end. */
async function fillPage<Item extends { readonly seq: bigint }>(
  { after, path }: { readonly after: bigint; readonly path: string },
  read: (after: bigint) => Promise<{ readonly shown: readonly Item[]; readonly next: bigint | undefined }>,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  let last = after;
  for (let asked = 0; asked < SHORT_PAGES_MAX && found.length < PAYMENTS_PER_PAGE; asked++) {
    const { shown, next } = await read(last);
    requireAscending(shown, { after: last, path });
    found.push(...shown);
    if (next === undefined) break;
    if (next <= last || next < (shown.at(-1)?.seq ?? 0n))
      throw badAnswer(path, `more past ${next}, behind ${shown.at(-1)?.seq ?? last}`, 'ascending numbers');
    last = next;
  }
  return found;
}

function requireAscending(
  found: readonly { readonly seq: bigint }[],
  { after, path }: { readonly after: bigint; readonly path: string },
): void {
  let last = after;
  for (const { seq } of found) {
    if (seq <= last) throw badAnswer(path, `number ${seq} behind ${last}`, 'ascending numbers');
    last = seq;
  }
}
