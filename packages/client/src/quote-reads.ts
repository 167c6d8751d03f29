import { type ReleaseQuoteView, releaseQuoteView } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
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

/** Reads of what an act would do before anybody signs it. */
export interface QuoteReads {
  /**
   * What the ledger would do with a release now, and the largest amount that may leave. Without a recipient, the owner's own address
   * is used.
   */
  quoteRelease(request: ReleaseQuoteRequest, signal?: AbortSignal): Promise<ReleaseQuoteView>;
}

/** Returns the reads of quotes. */
export function quoteReads(http: HttpJson): QuoteReads {
  return {
    quoteRelease({ account, assetId, amount, fee = 0n, recipient }, signal) {
      const query = `account=${account}&assetId=${assetId}&amount=${amount}&fee=${fee}`;
      const path = `/v1/quote/release?${query}${recipient === undefined ? '' : `&recipient=${recipient}`}`;
      return http.read({ method: 'GET', path, signal }, releaseQuoteView);
    },
  };
}
