import type { ReleaseQuoteView } from '@surety/client';
import { type Bytes32, bytes32, parseAccountId } from '@surety/domain';
import type { Store } from '@surety/store';
import type { LedgerFollower, LineFact, SettlementReader, WantedRelease } from '@surety/workflows';
import { Problem } from '../http/problem.js';
import type { AccountMargins } from './account-margins.js';
import { gradesView } from './account-views.js';
import type { Names } from './symbols.js';

/** What quotes stand on. */
export interface QuoteViewPorts {
  readonly follower: LedgerFollower;
  readonly reader: Pick<SettlementReader, 'tryRelease'>;
  readonly margins: AccountMargins;
  readonly store: Pick<Store, 'views'>;
  readonly names: Names;
}

/** A release that somebody asks about. */
export type AskedQuote = Omit<WantedRelease, 'recipient'> & { readonly recipient: Bytes32 | undefined };

/** Releases whose time from request to record is looked at for an estimate. */
const LAGS_LOOKED_AT = 16;

/** Says what a release would do, before anybody signs it. */
export class QuoteViews {
  readonly #ports: QuoteViewPorts;

  constructor(ports: QuoteViewPorts) {
    this.#ports = ports;
  }

  /** Asks the ledger about the owner's request at the last folded block. @throws Problem 404, 503. */
  async release(asked: AskedQuote): Promise<ReleaseQuoteView> {
    const { follower, margins, names, reader } = this.#ports;
    const { account, assetId, amount, fee } = asked;
    const asset = follower.state.assets.get(assetId);
    if (asset === undefined) {
      const detail = `the ledger lists no asset ${assetId}; see /v1/solvency for those it lists`;
      throw new Problem({ status: 404, code: 'UNKNOWN_ASSET', detail });
    }
    const { owner } = parseAccountId(account);
    const recipient = asked.recipient ?? bytes32(`0x${'0'.repeat(24)}${owner.slice(2)}`);
    let line: LineFact | undefined;
    const { margin, book } = await margins.weigh(account, (lines) => {
      line = lines.find((one) => one.assetId === assetId);
      return lines.map((one) => (one === line ? without(one, amount) : one));
    });
    const { block } = book;
    const verdict = await reader.tryRelease({ account, assetId, amount, recipient, fee }, block);
    const { chainId, height, hash, timestamp } = block;
    return {
      account,
      assetId,
      symbol: names.symbolOf(asset),
      chainId: names.chainIdOf(asset.source),
      amount,
      recipient,
      fee,
      block: { chainId, height, hash, timestamp },
      allowed: verdict.kind === 'allowed',
      code: verdict.kind === 'refused' ? verdict.code : null,
      detail: verdict.kind === 'refused' ? verdict.detail : null,
      seasoned: line === undefined ? 0n : seasonedOf(line, timestamp),
      feeSuggested: 0n,
      marginAfter: gradesView(margin),
      waitS: 0,
      etaS: await this.#etaS(asset.source),
    };
  }

  async #etaS(source: number): Promise<number | null> {
    const { follower, store } = this.#ports;
    const journal = follower.state.journalOf(source);
    if (journal === undefined) return null;
    const lags = await store.views.loadLagsMs(journal.edge, LAGS_LOOKED_AT);
    const median = lags.sort((left, right) => left - right)[lags.length >> 1];
    return median === undefined ? null : Math.ceil(median / 1_000);
  }
}

function seasonedOf({ amount, unseasoned, seasonEnd }: LineFact, timestamp: bigint): bigint {
  return timestamp < seasonEnd ? amount - unseasoned : amount;
}

/** A release takes the seasoned part alone; one that asks for more is refused, and leaves nothing. */
function without(line: LineFact, amount: bigint): LineFact {
  return { ...line, amount: line.amount > amount ? line.amount - amount : 0n };
}
