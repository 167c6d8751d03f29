import type { PaymentQuoteView, ReleaseQuoteView } from '@surety/api';
import { type Bytes32, parseAccountId, paddedAddress } from '@surety/domain';
import {
  type AssetFact,
  type FinalBlock,
  LedgerFollower,
  type SettlementReader,
  type VaultFollower,
  type WantedRelease,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { formatUnits } from 'viem';
import { EdgeEtas } from '../entries/edge-etas.js';
import type { Names } from '../entries/names.js';
import { askLedger, viewBlock } from '../terms/folded-terms.js';
import type { AssetLimits, LedgerAsker } from '../terms/ledger-asker.js';
import { TOKENS } from '../tokens.js';
import { AccountMargins, weighAtBlock } from './account-margins.js';
import { type BoundRelease, findLargestRelease, seasonedOf, withoutAmount } from './largest-releases.js';
import { viewGrades } from './margin-parts.js';
import { askVault, requireAsset } from './quoted-assets.js';
import { SuggestedFees } from './suggested-fees.js';

/** A requested release. */
export type AskedQuote = Omit<WantedRelease, 'recipient'> & { readonly recipient: Bytes32 | undefined };

/** Previews a release before anybody signs it. */
@Injectable()
export class QuoteViews {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(TOKENS.ledgerAsker) private readonly asker: LedgerAsker,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(AccountMargins) private readonly margins: AccountMargins,
    @Inject(EdgeEtas) private readonly etas: EdgeEtas,
    @Inject(SuggestedFees) private readonly fees: SuggestedFees,
  ) {}

  /** Asks the ledger about the owner's request at the last folded block, and the vault about its payment. @throws Problem 404, 503. */
  async release(asked: AskedQuote): Promise<ReleaseQuoteView> {
    const { follower, names, reader } = this;
    const { account, assetId, amount, fee } = asked;
    const asset = requireAsset(follower, assetId);
    const { owner } = parseAccountId(account);
    const recipient = asked.recipient ?? paddedAddress(owner);
    const symbol = names.symbolOf(asset);
    const edge = follower.books.journalOf(asset.source)?.edge;
    const held = await this.margins.load(account);
    const { block } = held.snapshot;
    const tryAmount = (units: bigint): ReturnType<SettlementReader['tryRelease']> =>
      askLedger(
        reader.tryRelease({ account, assetId, amount: units, recipient, fee: fee < units ? fee : units }, block),
      );
    const [verdict, payment, { minimum }, eta, suggested] = await Promise.all([
      askLedger(reader.tryRelease({ account, assetId, amount, recipient, fee }, block)),
      this.#payment(asset, amount),
      this.#limitsOf(asset, block),
      this.etas.of(edge, 'to-vault'),
      this.fees.of(edge, asset.vaultAsset),
    ]);
    const largest = await findLargestRelease({ account: held, assetId, minimum, payable: payment?.largest, tryAmount });
    return {
      account,
      assetId,
      symbol,
      decimals: asset.decimals,
      chainId: names.chainIdOf(asset.source),
      amount,
      recipient,
      fee,
      block: viewBlock(block),
      allowed: verdict.kind === 'allowed',
      code: verdict.kind === 'refused' ? verdict.code : null,
      detail: verdict.kind === 'refused' ? `${verdict.detail}; ${mayLeave(largest, asset, symbol)}` : null,
      values: verdict.kind === 'refused' ? verdict.values : [],
      seasoned: seasonedOf(
        held.lines.find((line) => line.assetId === assetId),
        block.timestamp,
      ),
      minimum,
      ...largest,
      maxMarginAfter: viewGrades(weighAtBlock(withoutAmount(held, assetId, largest.maxAmount)).margin),
      ...suggested,
      marginAfter: viewGrades(weighAtBlock(withoutAmount(held, assetId, amount)).margin),
      waitS: payment === null ? null : waitOf(payment),
      payment,
      ...eta,
    };
  }

  async #limitsOf({ assetId, source }: AssetFact, block: FinalBlock): Promise<AssetLimits> {
    const limits = (await askLedger(this.asker.readLimits([{ assetId, source }], block))).get(assetId);
    if (limits === undefined) throw new TypeError('the asker gave no limits of one asset');
    return limits;
  }

  /** Verdict of the paying vault on the release at its newest final block; null while it cannot be asked. */
  #payment(asset: AssetFact, amount: bigint): Promise<PaymentQuoteView | null> {
    const { vaultAsset } = asset;
    return askVault(this.vaults, asset, async (reader, block) => {
      const { lane, readyAt, waits, opensAt, largest } = await reader.readQuote({ vaultAsset, amount }, block);
      return {
        block: viewBlock(block),
        lane,
        waits,
        largest,
        readyAt: lane === null ? null : readyAt,
        opensAt: waits ? opensAt : null,
      };
    });
  }
}

function mayLeave({ maxAmount }: BoundRelease, { decimals }: AssetFact, symbol: string): string {
  return `at most ${formatUnits(maxAmount, decimals)} ${symbol} may leave now`;
}

function waitOf({ block, readyAt }: PaymentQuoteView): number | null {
  if (readyAt === null) return null;
  return readyAt > block.timestamp ? Number(readyAt - block.timestamp) : 0;
}
