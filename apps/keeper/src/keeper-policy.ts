import type { KeeperConfig } from '@surety/config';
import { type Address, accountId, address, mulDivDown } from '@surety/domain';
import type { SendPolicy } from '@surety/transactions';
import type { KeepAuctionsDeps } from '@surety/workflows';

/** Figures of one keeper. */
export interface KeeperPolicy {
  readonly auctions: KeepAuctionsDeps['policy'];
  readonly send: SendPolicy;
  /** Price of a coin that pays for gas, WAD of the unit of account; 0 if bids are not compared with their gas. */
  readonly coinPriceWad: bigint;
  /** Longest wait for one provider's answer, and for an aggregator's. */
  readonly timeoutMs: number;
  /** Milliseconds after which a provider is left that shows no new block. */
  readonly stillAfterMs: number;
  /** Pause between two looks at the wallet. */
  readonly walletIntervalMs: number;
  /** Wei below which the wallet counts as low: a fifth of a day's budget. */
  readonly walletLowWei: bigint;
}

/** Returns the policy of a configuration for the account that its key owns. Each block may change what an account needs, so each is looked at. */
export function keeperPolicy(config: KeeperConfig, owner: Address): KeeperPolicy {
  const { gas, bids, settlement, network, below, isStarter, burdenMinWad, isDryRun } = config;
  const chain = network.chains.find(({ chainId }) => chainId === settlement.chainId);
  const { blockTimeMs, development } = chain ?? { blockTimeMs: 12_000, development: false };
  return {
    auctions: {
      below,
      isStarter,
      burdenMinWad,
      isDryRun,
      place: accountId({ owner, home: 0, sub: 0n }),
      worstIntervalMs: within(blockTimeMs, { min: 250, max: 12_000 }),
      listIntervalMs: within(blockTimeMs * 16, { min: 4_000, max: 60_000 }),
      pollIntervalMs: config.pollMs ?? within(blockTimeMs / 8, { min: 250, max: 2_000 }),
      bids: bids && {
        ...bids,
        to: accountId({ owner, home: 0, sub: bids.subAccount }),
        protocols: bids.protocols.map(address),
      },
    },
    send: {
      maxFeePerGasCap: gas.feeCapWei,
      maxPriorityFeePerGasCap: gas.tipCapWei,
      minPriorityFeePerGas: 1_000_000n,
      pollIntervalMs: within(blockTimeMs / 4, { min: 50, max: 2_000 }),
      replaceAfterMs: within(blockTimeMs * 3, { min: 4_000, max: 60_000 }),
      confirmations: 1,
      takeoverAfterMs: within(blockTimeMs * 10, { min: 30_000, max: 180_000 }),
      finalDepth: development ? 64 : 'finalized',
      budgetWeiPerDay: gas.budgetWeiPerDay,
    },
    coinPriceWad: bids?.coinPriceWad ?? 0n,
    timeoutMs: 5_000,
    stillAfterMs: Math.max(4_000, 3 * blockTimeMs),
    walletIntervalMs: within(blockTimeMs * 10, { min: 5_000, max: 60_000 }),
    walletLowWei: mulDivDown(gas.budgetWeiPerDay, 1n, 5n),
  };
}

function within(value: number, range: { readonly min: number; readonly max: number }): number {
  return Math.round(Math.min(range.max, Math.max(range.min, value)));
}
