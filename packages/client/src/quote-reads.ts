import {
  type LockQuoteView,
  type MarginView,
  type ReleaseQuoteView,
  lockQuoteView,
  marginView,
  releaseQuoteView,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { aboutAccount, asAsked } from './bad-answer.js';
import type { HttpJson } from './http-json.js';

/** A release to get a quote for. */
export interface ReleaseQuoteRequest {
  readonly account: Bytes32;
  readonly assetId: number;
  /** Token units, including the fee. */
  readonly amount: bigint;
  readonly fee?: bigint;
  readonly recipient?: Bytes32;
}

/** A lock to get a quote for. */
export interface LockQuoteRequest {
  readonly account: Bytes32;
  readonly assetId: number;
  /** Token units that the vault receives, including the fee. */
  readonly amount: bigint;
  readonly fee?: bigint;
}

/** Changes of an account, at most 32 of each kind. */
export interface WhatIfRequest {
  readonly account: Bytes32;
  /** Token units that lines would have, by asset id. */
  readonly amounts?: ReadonlyMap<number, bigint>;
  /** Prices of whole tokens that slots would stand at, scaled 1e12. */
  readonly prices?: ReadonlyMap<number, bigint>;
  /** Added to the requirement at every grade, 18 decimals; may be negative. */
  readonly requirementWad?: bigint;
}

/** Reads of what an act would do before anybody signs it. */
export interface QuoteReads {
  /**
   * Asks what the ledger would do with a release now, and the largest amount that may leave. Without a recipient, the owner's own address
   * is used.
   */
  quoteRelease(request: ReleaseQuoteRequest, signal?: AbortSignal): Promise<ReleaseQuoteView>;
  /** The verdicts of vault and ledger on a lock made now, and the margin that it would bring. */
  quoteLock(request: LockQuoteRequest, signal?: AbortSignal): Promise<LockQuoteView>;
  /** The margin that an account would have after changes; without any, its margin. */
  weighWhatIf(request: WhatIfRequest, signal?: AbortSignal): Promise<MarginView>;
}

/** Returns the reads of quotes. */
export function quoteReads(http: HttpJson): QuoteReads {
  return {
    async quoteRelease({ account, assetId, amount, fee = 0n, recipient }, signal) {
      const query = `account=${account}&assetId=${assetId}&amount=${amount}&fee=${fee}`;
      const path = `/v1/quote/release?${query}${recipient === undefined ? '' : `&recipient=${recipient}`}`;
      const quote = await aboutAccount(account, http.read(path, releaseQuoteView, signal));
      // A plain address is taken too, and repeated left-padded.
      const padded = recipient?.replace(/^0x(?=.{40}$)/, `0x${'0'.repeat(24)}`);
      return asAsked(quote, { assetId, amount, fee, recipient: padded });
    },
    async quoteLock({ account, assetId, amount, fee = 0n }, signal) {
      const path = `/v1/quote/lock?account=${account}&assetId=${assetId}&amount=${amount}&fee=${fee}`;
      return asAsked(await aboutAccount(account, http.read(path, lockQuoteView, signal)), { assetId, amount, fee });
    },
    weighWhatIf({ account, amounts, prices, requirementWad = 0n }, signal) {
      const changes = [pairsOf('amounts', amounts), pairsOf('prices', prices), `requirementWad=${requirementWad}`];
      const path = `/v1/accounts/${account}/what-if?${changes.flat().join('&')}`;
      return aboutAccount(account, http.read(path, marginView, signal));
    },
  };
}

function pairsOf(name: string, changes: ReadonlyMap<number, bigint> | undefined): string[] {
  if (changes === undefined || changes.size === 0) return [];
  return [`${name}=${[...changes].map(([id, value]) => `${id}:${value}`).join(',')}`];
}
