import { collateralLedgerAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address, mulDivUp } from '@surety/domain';
import { type FinalBlock, PARK_REASONS, type ParkReason } from '@surety/workflows';
import type { ContractFunctionReturnType } from 'viem';
import { each, viewsAt } from '../follow/contract-views.js';
import type { QuorumCaller } from '../follow/quorum-caller.js';

/** The limits on one asset's credit, in token units. */
export interface AssetLimits {
  readonly minimum: bigint;
  readonly cap: bigint;
  readonly room: bigint;
  /** Undefined where no witness is needed. */
  readonly fastLimit: bigint | undefined;
  readonly fastUsed: bigint;
  readonly burst: bigint;
  readonly bucketRoom: bigint;
  readonly seasonRoom: bigint;
  /** Pause of the asset or its source, and its end in seconds; undefined if nothing is paused. */
  readonly pause: { readonly flags: number; readonly until: bigint } | undefined;
}

/** Treatment of a credit of an account at a block. Amounts are token units, times seconds. @source LedgerTypes.sol */
export interface CreditQuote {
  readonly reason: ParkReason;
  /** When it would pass; 0 if no time is known. */
  readonly at: bigint;
  /** Part of it that would be unseasoned, until `seasonEnd`. */
  readonly unseasoned: bigint;
  readonly seasonEnd: bigint;
}

/** Reads of the ledger's assets at a block, by a quorum of providers. Every read may throw NO_QUORUM (retryable). */
export interface LedgerAsker {
  readLimits(
    assets: readonly { readonly assetId: number; readonly source: number }[],
    block: FinalBlock,
  ): Promise<ReadonlyMap<number, AssetLimits>>;
  quoteCredit(
    credit: { readonly account: Bytes32; readonly assetId: number; readonly amount: bigint },
    block: FinalBlock,
  ): Promise<CreditQuote>;
  /** Feeds by price slot; slots without one are missing. */
  readFeeds(slots: readonly number[], block: FinalBlock): Promise<ReadonlyMap<number, SlotFeed>>;
}

/** The feed of a price slot. */
export interface SlotFeed {
  readonly feed: Address;
  /** Block time in seconds before which auctions sell nothing at its price; 0 for a feed that took the slot over from none. */
  readonly sellsFrom: bigint;
}

type AnswerOf<Name extends 'assetOf' | 'limitsOf' | 'pauseOf'> = ContractFunctionReturnType<
  typeof collateralLedgerAbi,
  'view',
  Name
>;

const NO_LIMIT = 2n ** 256n - 1n;
const NO_FEED = `0x${'0'.repeat(40)}`;

/** Asks the ledger, and the risk manager that it names at the block. */
export function createLedgerAsker(caller: QuorumCaller, ledgerAddress: Address): LedgerAsker {
  const ledgerAt = (block: FinalBlock) => viewsAt(caller, { to: ledgerAddress, abi: collateralLedgerAbi, block });
  return {
    async readLimits(assets, block) {
      const limits = new Map<number, AssetLimits>();
      const ledger = ledgerAt(block);
      await each(assets, async ({ assetId, source }) => {
        const status = await ledger('assetOf', assetId);
        const credit = await ledger('limitsOf', assetId);
        const ofAsset = pauseOf(await ledger('pauseOf', 0, assetId), block);
        const pause = ofAsset ?? pauseOf(await ledger('pauseOf', source, 0), block);
        limits.set(assetId, limitsOf(status, credit, pause));
      });
      return limits;
    },
    async quoteCredit({ account, assetId, amount }, block) {
      const { reason, ...quoted } = await ledgerAt(block)('quoteCredit', account, assetId, amount);
      return { reason: PARK_REASONS[reason] ?? 'NONE', ...quoted };
    },
    async readFeeds(slots, block) {
      const feeds = new Map<number, SlotFeed>();
      const riskManager = address(await ledgerAt(block)('riskManager'));
      const risk = viewsAt(caller, { to: riskManager, abi: riskManagerAbi, block });
      await each(slots, async (slot) => {
        const feed = address(await risk('feedOf', slot));
        if (feed === NO_FEED) return;
        feeds.set(slot, { feed, sellsFrom: await risk('sellsFrom', slot) });
      });
      return feeds;
    },
  };
}

function limitsOf(status: AnswerOf<'assetOf'>, credit: AnswerOf<'limitsOf'>, pause: AssetLimits['pause']): AssetLimits {
  const { minMillionths, decimals } = status.terms;
  return {
    minimum: mulDivUp(minMillionths, 10n ** BigInt(decimals), 1_000_000n),
    cap: status.capUnits,
    room: credit.capRoom,
    fastLimit: credit.fastUnits === NO_LIMIT ? undefined : credit.fastUnits,
    fastUsed: credit.unconfirmedUnits,
    burst: credit.burstUnits,
    bucketRoom: credit.bucketRoom,
    seasonRoom: credit.seasonRoom,
    pause,
  };
}

function pauseOf([flags, until]: AnswerOf<'pauseOf'>, { timestamp }: FinalBlock): AssetLimits['pause'] {
  return flags === 0 || BigInt(until) <= timestamp ? undefined : { flags, until: BigInt(until) };
}
