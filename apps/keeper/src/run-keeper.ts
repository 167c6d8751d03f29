import { setMaxListeners } from 'node:events';
import { createAggregatorClient } from '@surety/client';
import type { KeeperConfig } from '@surety/config';
import { type Address, AppError, accountId, address } from '@surety/domain';
import {
  type FollowedPrices,
  type RiskManagerReader,
  createPriceBoard,
  followRiskManager,
  keepFollowing,
} from '@surety/prices';
import { type Telemetry, startHealthServer } from '@surety/telemetry';
import {
  AUCTION_ERRORS,
  type ChainReads,
  type CheckedAuctionDesk,
  type KeptSender,
  type Lease,
  type LedgerOptions,
  type RpcOptions,
  createAuctionDesk,
  createChainReads,
  createLedger,
  createRpc,
  createTransactionSender,
  joinReads,
  keepLease,
  readRiskManager,
} from '@surety/transactions';
import {
  type Clock,
  FailingLoops,
  type KeepAuctionsDeps,
  TRANSACTION_GAS_MAX,
  type TransactionJournal,
  keepAuctions,
  keepRunning,
  retryDelayMs,
} from '@surety/workflows';
import type { PrivateKeyAccount } from 'viem/accounts';
import { bidCostReader } from './bid-cost.js';
import { keeperError } from './errors.js';
import { type KeeperPolicy, keeperPolicy } from './keeper-policy.js';
import { openOpinions } from './open-opinions.js';
import { type KeeperState, freshKeeperState, keeperReadiness } from './keeper-state.js';

export interface KeeperParts {
  readonly config: KeeperConfig;
  readonly account: PrivateKeyAccount;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Transactions are recorded here before they are sent. */
  readonly journal: TransactionJournal;
  /** Takes the right to write with a key on a chain. @throws KEY_LEASED, LEASE_UNAVAILABLE. */
  readonly holdLease: (of: { readonly chainId: number; readonly sender: Address }) => Lease;
}

/** The adapters of the settlement chain. */
export interface KeeperWorld {
  readonly parts: KeeperParts;
  readonly policy: KeeperPolicy;
  readonly reads: Pick<ChainReads, 'readCodeHash' | 'readBalance' | 'readMarket'>;
  readonly sender: KeptSender;
  readonly desk: CheckedAuctionDesk;
  /** Each provider alone, asked before a bid is signed. */
  readonly opinions: NonNullable<KeepAuctionsDeps['opinions']>;
  /** Cached prices, their feeds, and the way to poke them, at the risk manager that the ledger names. */
  readonly prices: NonNullable<KeepAuctionsDeps['prices']> & FollowedPrices;
  readonly failingLoops: FailingLoops;
  readonly state: KeeperState;
}

/** Longest pause between two tries to start, in milliseconds. */
const START_PAUSE_MAX_MS = 15_000;

/**
 * Serves the ledger's auctions until the signal aborts.
 * @throws CHAIN_MISMATCH, KEY_LEASED, OUTBOX_CORRUPT: a person must look; LEASE_LOST (retryable).
 */
export async function runKeeper(parts: KeeperParts, signal: AbortSignal): Promise<void> {
  const world = openWorld(parts);
  const { config, clock, telemetry } = parts;
  const health = await startHealthServer({
    ...config.http,
    registry: telemetry.registry,
    readiness: () => keeperReadiness(world.state, { elapsedMs: clock.elapsedMs() }),
  });
  telemetry.announce(health.url);
  try {
    await serve(world, signal);
  } finally {
    await health.close();
  }
}

function openWorld(parts: KeeperParts): KeeperWorld {
  const { config, account, clock, telemetry, journal } = parts;
  const { observer } = telemetry;
  const { chainId, ledger, lens } = config.settlement;
  const policy = keeperPolicy(config, address(account.address));
  const endpoints = config.endpoints.get(chainId) ?? [];
  const { timeoutMs, stillAfterMs } = policy;
  const overAll = { chainId, endpoints, timeoutMs, stillAfterMs, clock, observer };
  const rpc = createRpc(overAll);
  const reads = createChainReads(rpc, AUCTION_ERRORS);
  const own = { rpc, account, policy: policy.send, clock, observer, errors: AUCTION_ERRORS, journal };
  const sender = createTransactionSender(own);
  const at = { auction: address(config.auction), ledger: address(ledger), lens: address(lens) };
  const desk = createAuctionDesk({
    rpc,
    reads,
    joined: joinReads(rpc, reads),
    sender,
    // A dry run says of every act why it would be refused.
    ...(config.isStarter || config.isDryRun || config.bids === null ? {} : { takesFromPpm: config.bids.leastPpm }),
    ...at,
  });
  const takesFromPpm = config.isDryRun ? undefined : config.bids?.leastPpm;
  const opinions = takesFromPpm === undefined ? [] : openOpinions(overAll, { ...at, sender, takesFromPpm });
  const failingLoops = new FailingLoops(clock);
  const { walletLowWei } = policy;
  const state = freshKeeperState({ walletLowWei, isDryRun: config.isDryRun, failingLoops });
  const prices = openPrices(parts, overAll, { rpc, reads, sender, ledger: at.ledger });
  return { parts, policy, reads, sender, desk, opinions, prices, failingLoops, state };
}

/** Opens the prices to poke. The risk manager is asked of each provider alone: what one says has nothing paid at another contract. */
function openPrices(
  { config, clock, telemetry: { observer } }: KeeperParts,
  overAll: RpcOptions,
  desk: Pick<LedgerOptions, 'rpc' | 'reads' | 'sender' | 'ledger'>,
): KeeperWorld['prices'] {
  const { underlyings, riskManager: configured } = config.settlement;
  const { reads, sender, ledger } = desk;
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const open = (riskManager: Address) => ({
    board: createPriceBoard({ reads, riskManager }),
    ledger: createLedger({ ...desk, riskManager, feeTo, gasCeiling: TRANSACTION_GAS_MAX }),
  });
  const readers = overAll.endpoints.map((one): RiskManagerReader => {
    const alone = createChainReads(createRpc({ ...overAll, endpoints: [one] }), AUCTION_ERRORS);
    return (signal) => readRiskManager({ reads: alone, ledger }, signal);
  });
  const followed = followRiskManager({ configured: address(configured), readers, open, observer });
  return { ...followed, slots: underlyings.map(({ id }) => id), clock };
}

async function serve(world: KeeperWorld, outer: AbortSignal): Promise<void> {
  const { parts, policy, sender, desk, opinions, prices, state } = world;
  const { config, clock, telemetry } = parts;
  const readBidCost = policy.coinPriceWad > 0n ? bidCostReader(world.reads, policy.coinPriceWad) : undefined;
  const stop = new AbortController();
  // Every request under way listens to it.
  setMaxListeners(0, stop.signal);
  const signal = AbortSignal.any([outer, stop.signal]);
  setMaxListeners(0, signal);
  const lease = parts.holdLease({ chainId: config.settlement.chainId, sender: sender.address });
  try {
    await startKeeper(world, lease, signal);
    if (signal.aborted) return;
    const hints = config.aggregatorUrls.map((url) => createAggregatorClient({ url, timeoutMs: policy.timeoutMs }));
    const report = (status: KeeperState['auctions']): unknown => (state.auctions = status);
    const { observer } = telemetry;
    const kept = { hints, desk, opinions, prices, readBidCost, clock, observer, policy: policy.auctions, report };
    const loops = [
      keepAuctions(kept, signal),
      watchKeeperWallet(world, signal),
      keepFollowing({ prices, failingLoops: world.failingLoops, clock, pauseMs: policy.walletIntervalMs }, signal),
      keepLease(lease, clock, signal),
    ];
    // A dry run signs nothing, also nothing that an earlier process left under way.
    if (!config.isDryRun) loops.push(sender.keep(signal, world.failingLoops));
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => (stop.abort(), Promise.reject(error)))));
    await Promise.allSettled(loops);
  } finally {
    stop.abort();
    lease.release();
  }
}

/**
 * Waits until a provider answers and names the configured contracts, and finishes what an earlier process left under way. Ends early
 * when the signal aborts.
 * @throws errors that no provider can mend.
 */
export async function startKeeper(world: KeeperWorld, lease: Pick<Lease, 'renew'>, signal: AbortSignal): Promise<void> {
  const { parts, policy, sender, desk, state } = world;
  const { isDryRun, settlement } = parts.config;
  const started = new AbortController();
  await keepRunning(
    {
      step: async () => {
        lease.renew(parts.clock.nowMs());
        await requireLedger(world, signal);
        await desk.requireTies(signal);
        state.starting = 'what an earlier process left under way is being finished';
        // A provider may have been away for days: nothing is sent by a lease that is gone.
        lease.renew(parts.clock.nowMs());
        if (!isDryRun) await sender.recover(signal);
        state.starting = null;
        started.abort();
      },
      pauseMs: (failures) => {
        const firstMs = policy.auctions.pollIntervalMs;
        return failures === 0 ? 0 : retryDelayMs(failures, { firstMs, maxMs: START_PAUSE_MAX_MS });
      },
      failure: {
        name: 'start-delayed',
        fields: { chain_id: settlement.chainId },
        describe: (error) => ({ detail: reasonOf(error) }),
        kindOf: reasonOf,
      },
      isFatal: (error) => !isPassing(error),
      distrustProvider: () => desk.distrustProvider(),
      onFailure: (error) => void (state.starting = reasonOf(error)),
      clock: parts.clock,
      observer: parts.telemetry.observer,
    },
    AbortSignal.any([signal, started.signal]),
  );
}

async function requireLedger({ parts, reads }: KeeperWorld, signal: AbortSignal): Promise<void> {
  const { ledger, ledgerCodeHash, chainId } = parts.config.settlement;
  const seen = await reads.readCodeHash(address(ledger), signal);
  if (seen === ledgerCodeHash.toLowerCase()) return;
  throw keeperError(
    'CODE_CHANGED',
    `the code of ${ledger} on chain ${chainId} hashes to ${seen}; expected ${ledgerCodeHash}; check settlement.ledger in chains.config.json`,
    { chain_id: chainId },
  );
}

/** Looks at wallet and budget until the signal aborts, and alarms once when the wallet falls below its least. */
async function watchKeeperWallet(world: KeeperWorld, signal: AbortSignal): Promise<void> {
  const { parts, policy, reads, sender, desk, state } = world;
  const { observer } = parts.telemetry;
  const { chainId } = parts.config.settlement;
  let isLow = false;
  const look = async (): Promise<void> => {
    const balance = await reads.readBalance(sender.address, signal);
    state.walletWei = balance;
    state.sender = await sender.readStatus();
    const fields = { chain_id: chainId, balance_wei: balance, under_way: state.sender.underWay };
    observer.observe({ name: 'wallet-read', level: 'debug', fields });
    const wasLow = isLow;
    isLow = balance < state.walletLowWei;
    if (isLow && !wasLow) {
      observer.observe({ name: 'wallet-low', level: 'error', fields: { ...fields, least_wei: state.walletLowWei } });
    }
  };
  await keepRunning(
    {
      step: look,
      pauseMs: () => policy.walletIntervalMs,
      // The passes tell of a chain that cannot be read; the last known balance stands until it can.
      failure: { name: 'wallet-unread', fields: { chain_id: chainId }, level: () => 'debug' },
      isFatal: (error) => !isPassing(error),
      distrustProvider: () => desk.distrustProvider(),
      clock: parts.clock,
      observer,
      failingLoops: world.failingLoops,
    },
    signal,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no provider answered';
}

/** One provider's refusal, for example of a block it does not have, is no reason to end. A lost lease is taken by another process. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code === 'LEASE_LOST') return false;
  return error.retryable || error.code === 'RPC_REFUSED';
}
