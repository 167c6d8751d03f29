import { setMaxListeners } from 'node:events';
import { createAggregatorClient } from '@surety/client';
import type { RelayerConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, ZERO_WORD, accountId, address, chainId, edgeId } from '@surety/domain';
import { createPriceBoard } from '@surety/prices';
import { type Telemetry, startHealthServer } from '@surety/telemetry';
import {
  type ChainReads,
  LEDGER_ERRORS,
  createChainReads,
  createLedger,
  createRpc,
  createTransactionSender,
} from '@surety/transactions';
import {
  type AggregatorApi,
  type Clock,
  type Ledger,
  type PriceBoard,
  type PriceStatus,
  type RelayStatus,
  type TransactionSender,
  keepPricesFresh,
  relayEdge,
  replicaOfLedger,
  retryDelayMs,
} from '@surety/workflows';
import type { PrivateKeyAccount } from 'viem/accounts';
import { relayerError } from './errors.js';
import { type RelayerPolicy, relayerPolicy } from './relayer-policy.js';
import { type RelayerState, freshRelayerState, relayerReadiness } from './relayer-state.js';

/** What a relayer is made of. */
export interface RelayerParts {
  readonly config: RelayerConfig;
  readonly account: PrivateKeyAccount;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

interface RelayedEdge {
  readonly source: number;
  readonly edge: Bytes32;
}

/**
 * Relays every configured edge and keeps prices fresh until the signal aborts.
 * @throws CODE_CHANGED, CHAIN_MISMATCH, EDGE_MISMATCH, NOTHING_TO_RELAY: a person must look at the configuration.
 */
export async function runRelayer(parts: RelayerParts, signal: AbortSignal): Promise<void> {
  const { config, clock, telemetry } = parts;
  const edges = edgesOf(config);
  const state = freshRelayerState(edges.map(({ source }) => source));
  const policy = relayerPolicy(blockTimeOf(config));
  const health = await startHealthServer({
    ...config.http,
    registry: telemetry.registry,
    readiness: () => relayerReadiness(state, { nowMs: clock.nowMs(), walletLowWei: policy.walletLowWei }),
  });
  telemetry.announce(health.url);
  try {
    await relayAll(parts, { edges, state, policy }, signal);
  } finally {
    await health.close();
  }
}

interface Plan {
  readonly edges: readonly RelayedEdge[];
  readonly state: RelayerState;
  readonly policy: RelayerPolicy;
}

async function relayAll(parts: RelayerParts, plan: Plan, outer: AbortSignal): Promise<void> {
  const desk = openDesk(parts, plan);
  // One loop that ends with an error ends the others: the configuration is wrong for all of them.
  const stop = new AbortController();
  // Every request under way listens to it: some dozens at once, and each lets go at its end.
  setMaxListeners(0, stop.signal);
  const relay = (): void => stop.abort();
  outer.addEventListener('abort', relay, { once: true });
  if (outer.aborted) stop.abort();
  try {
    await awaitLedger(desk.reads, parts, plan, stop.signal);
    const loops = startLoops(desk, parts, plan, stop.signal);
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => (relay(), Promise.reject(error)))));
  } finally {
    outer.removeEventListener('abort', relay);
    stop.abort();
  }
}

/** The adapters of one settlement chain and the aggregators. */
interface Desk {
  readonly reads: ChainReads;
  readonly sender: TransactionSender;
  readonly ledger: Ledger;
  readonly board: PriceBoard;
  readonly aggregators: readonly AggregatorApi[];
}

function openDesk({ config, account, clock, telemetry }: RelayerParts, { policy }: Plan): Desk {
  const { chainId: settlementChainId } = config.settlement;
  const [ledger, riskManager] = [address(config.settlement.ledger), address(config.settlement.riskManager)];
  const endpoints = config.endpoints.get(settlementChainId) ?? [];
  const rpc = createRpc({
    chainId: settlementChainId,
    endpoints: endpoints.map(({ name, url }) => ({ name, url: url.reveal() })),
    timeoutMs: policy.rpcTimeoutMs,
    observer: telemetry.observer,
  });
  const reads = createChainReads(rpc, LEDGER_ERRORS);
  const sender = createTransactionSender({
    rpc,
    account,
    policy: policy.send,
    clock,
    observer: telemetry.observer,
    errors: LEDGER_ERRORS,
  });
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  return {
    reads,
    sender,
    ledger: createLedger({ rpc, reads, sender, ledger, riskManager, feeTo, gasCeiling: policy.relay.gasCeiling }),
    board: createPriceBoard({ reads, riskManager }),
    aggregators: config.aggregatorUrls.map((url) =>
      createAggregatorClient({ url, timeoutMs: policy.aggregatorTimeoutMs }),
    ),
  };
}

function startLoops(desk: Desk, parts: RelayerParts, plan: Plan, signal: AbortSignal): Promise<void>[] {
  const { ledger, board, aggregators } = desk;
  const { state, policy, edges } = plan;
  const world = { clock: parts.clock, observer: parts.telemetry.observer };
  const relays = edges.map(({ source, edge }) => {
    const report = (status: RelayStatus): unknown => state.edges.set(source, status);
    const replica = replicaOfLedger(ledger, source);
    const ends = { source, direction: 'to-ledger', edge, sources: aggregators, replica } as const;
    return relayEdge({ ...world, ...ends, policy: policy.relay, report }, signal);
  });
  const slots = parts.config.settlement.underlyings.map(({ id }) => id);
  const report = (status: PriceStatus): unknown => (state.prices = status);
  return [
    ...relays,
    keepPricesFresh({ ...world, slots, board, ledger, policy: policy.prices, report }, signal),
    watchWallet(desk.sender, parts, plan, signal),
  ];
}

/** Waits until a provider answers, and checks that the ledger is the one that was configured. */
async function awaitLedger(
  reads: ChainReads,
  { config, telemetry, clock }: RelayerParts,
  { state, policy }: Plan,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, ledgerCodeHash, chainId: settlementChainId } = config.settlement;
  for (let failures = 1; !signal.aborted; failures++) {
    let seen: Bytes32 | undefined;
    try {
      seen = await reads.readCodeHash(address(ledger), signal);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      state.starting = error instanceof Error ? error.message : 'no provider answered';
      telemetry.observer.observe({
        name: 'start-delayed',
        level: 'warn',
        fields: { chain_id: settlementChainId, detail: state.starting },
      });
      await clock.sleep(retryDelayMs(failures, { firstMs: policy.relay.pollIntervalMs, maxMs: 15_000 }), signal);
      continue;
    }
    if (seen !== ledgerCodeHash.toLowerCase()) {
      throw relayerError(
        'CODE_CHANGED',
        `the code of ${ledger} on chain ${settlementChainId} hashes to ${seen}; expected ${ledgerCodeHash}; check settlement.ledger in chains.config.json`,
        { chain_id: settlementChainId },
      );
    }
    state.starting = null;
    return;
  }
}

async function watchWallet(
  sender: TransactionSender,
  { telemetry, clock }: RelayerParts,
  { state, policy }: Plan,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      state.walletWei = await sender.readBalance(signal);
      telemetry.observer.observe({
        name: 'wallet-read',
        level: 'debug',
        fields: { balance_wei: state.walletWei },
      });
    } catch (error) {
      // The relay loops tell of a chain that cannot be read; the last known balance stands until it can.
      if (!signal.aborted && !isRetryable(error)) throw error;
    }
    await clock.sleep(policy.walletIntervalMs, signal);
  }
}

function edgesOf(config: RelayerConfig): RelayedEdge[] {
  const edges = config.network.chains.flatMap((chain): RelayedEdge[] => {
    if (chain.vault === undefined || chain.vault.source === 0) return [];
    const edge = edgeId(
      {
        originChainId: chainId(chain.chainId),
        journal: address(chain.vault.address),
        destinationChainId: chainId(config.settlement.chainId),
        replica: address(config.settlement.ledger),
        generation: chain.vault.generation,
        previousHead: ZERO_WORD,
      },
      keccak256,
    );
    return [{ source: chain.vault.source, edge }];
  });
  if (edges.length > 0) return edges;
  throw relayerError('NOTHING_TO_RELAY', 'chains.config.json names no vault on another chain; expected at least one');
}

function blockTimeOf(config: RelayerConfig): number {
  return config.network.chains.find((chain) => chain.chainId === config.settlement.chainId)?.blockTimeMs ?? 12_000;
}

function isRetryable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true;
}
