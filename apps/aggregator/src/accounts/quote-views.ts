import type { PaymentQuoteView, ReleaseQuoteView } from '@surety/api';
import { AppError, type Bytes32, bytes32, parseAccountId } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  LedgerFollower,
  type LineFact,
  type SettlementReader,
  type VaultFollower,
  type WantedRelease,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { Problem } from '../problem.js';
import { AccountMargins } from './account-margins.js';
import { viewGrades } from './margin-parts.js';
import type { Names } from '../entries/names.js';

/** A requested release. */
export type AskedQuote = Omit<WantedRelease, 'recipient'> & { readonly recipient: Bytes32 | undefined };

/** Releases whose time from request to record is looked at for an estimate. */
const LAGS_LOOKED_AT = 16;

/** Previews a release before anybody signs it. */
@Injectable()
export class QuoteViews {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(AccountMargins) private readonly margins: AccountMargins,
  ) {}

  /** Asks the ledger about the owner's request at the last folded block, and the vault about its payment. @throws Problem 404, 503. */
  async release(asked: AskedQuote): Promise<ReleaseQuoteView> {
    const { follower, margins, names, reader } = this;
    const { account, assetId, amount, fee } = asked;
    const asset = follower.state.assets.get(assetId);
    if (asset === undefined) {
      const detail = `the ledger lists no asset ${assetId}; see /v1/solvency for those it lists`;
      throw new Problem({ status: 404, code: 'UNKNOWN_ASSET', detail });
    }
    const { owner } = parseAccountId(account);
    const recipient = asked.recipient ?? bytes32(`0x${'0'.repeat(24)}${owner.slice(2)}`);
    let line: LineFact | undefined;
    const { margin, snapshot } = await margins.weigh(account, (lines) => {
      line = lines.find((one) => one.assetId === assetId);
      return lines.map((one) => (one === line ? without(one, amount) : one));
    });
    const { block } = snapshot;
    const verdict = await reader.tryRelease({ account, assetId, amount, recipient, fee }, block);
    const payment = await this.#payment(asset, amount);
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
      marginAfter: viewGrades(margin),
      waitS: payment === null ? null : waitOf(payment),
      payment,
      etaS: await this.#etaS(asset.source),
    };
  }

  /** What the vault that pays would do with the release at its newest final block; null while it cannot be asked. */
  async #payment(
    { source, vaultAsset }: { readonly source: number; readonly vaultAsset: number },
    amount: bigint,
  ): Promise<PaymentQuoteView | null> {
    const reader = [...this.vaults.values()].find((vault) => vault.reader.known.source === source)?.reader;
    if (reader === undefined) return null;
    try {
      const block = await reader.readFinalTip();
      const { lane, readyAt, waits, opensAt, largest } = await reader.readQuote({ vaultAsset, amount }, block);
      const { chainId, height, hash, timestamp } = block;
      return {
        block: { chainId, height, hash, timestamp },
        lane,
        waits,
        largest,
        readyAt: lane === null ? null : readyAt,
        opensAt: waits ? opensAt : null,
      };
    } catch (error) {
      // The ledger's verdict stands without it: what is not known is shown as such.
      if (error instanceof AppError && error.retryable) return null;
      throw error;
    }
  }

  async #etaS(source: number): Promise<number | null> {
    const { follower, store } = this;
    const journal = follower.state.journalOf(source);
    if (journal === undefined) return null;
    const lags = await store.views.loadLagsMs(journal.edge, LAGS_LOOKED_AT);
    const median = lags.sort((left, right) => left - right)[lags.length >> 1];
    return median === undefined ? null : Math.ceil(median / 1_000);
  }
}

function waitOf({ block, readyAt }: PaymentQuoteView): number | null {
  if (readyAt === null) return null;
  return readyAt > block.timestamp ? Number(readyAt - block.timestamp) : 0;
}

function seasonedOf({ amount, unseasoned, seasonEnd }: LineFact, timestamp: bigint): bigint {
  return timestamp < seasonEnd ? amount - unseasoned : amount;
}

/** A release takes the seasoned part alone; one that asks for more is refused, and leaves nothing. */
function without(line: LineFact, amount: bigint): LineFact {
  return { ...line, amount: line.amount > amount ? line.amount - amount : 0n };
}
