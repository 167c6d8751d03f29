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
  type TransactionSender,
  keepPricesFresh,
  relayEdge,
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

async function relayAll(
  parts: RelayerParts,
  plan: { edges: readonly RelayedEdge[]; state: RelayerState; policy: RelayerPolicy },
  outer: AbortSignal,
): Promise<void> {
  const { config, clock, telemetry } = parts;
  const { state, policy } = plan;
  const { observer } = telemetry;
  const settlement = {
    ...config.settlement,
    ledger: address(config.settlement.ledger),
    riskManager: address(config.settlement.riskManager),
  };
  const endpoints = (config.endpoints.get(settlement.chainId) ?? []).map(({ name, url }) => ({
    name,
    url: url.reveal(),
  }));
  const rpc = createRpc({ chainId: settlement.chainId, endpoints, timeoutMs: policy.rpcTimeoutMs });
  const reads = createChainReads(rpc, LEDGER_ERRORS);
  const sender = createTransactionSender({
    rpc,
    account: parts.account,
    policy: policy.send,
    clock,
    observer,
    errors: LEDGER_ERRORS,
  });
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const ledger = createLedger({ rpc, reads, sender, ...settlement, feeTo, gasCeiling: policy.relay.gasCeiling });
  const board = createPriceBoard({ reads, riskManager: settlement.riskManager });
  const aggregators: AggregatorApi[] = config.aggregatorUrls.map((url) =>
    createAggregatorClient({ url, timeoutMs: policy.aggregatorTimeoutMs }),
  );

  // One loop that ends with an error ends the others: the configuration is wrong for all of them.
  const stop = new AbortController();
  // Every request under way listens to it: some dozens at once, and each lets go at its end.
  setMaxListeners(0, stop.signal);
  const relay = (): void => stop.abort();
  outer.addEventListener('abort', relay, { once: true });
  if (outer.aborted) stop.abort();
  const { signal } = stop;
  try {
    await awaitLedger(reads, { config, state, parts, firstMs: policy.relay.pollIntervalMs }, signal);
    const loops = [
      ...plan.edges.map(({ source, edge }) =>
        relayEdge(
          {
            source,
            edge,
            aggregators,
            ledger,
            clock,
            observer,
            policy: policy.relay,
            report: (status) => state.edges.set(source, status),
          },
          signal,
        ),
      ),
      keepPricesFresh(
        {
          slots: settlement.underlyings.map(({ id }) => id),
          board,
          ledger,
          clock,
          observer,
          policy: policy.prices,
          report: (status) => (state.prices = status),
        },
        signal,
      ),
      watchWallet(sender, { state, parts, intervalMs: policy.walletIntervalMs }, signal),
    ];
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => (relay(), Promise.reject(error)))));
  } finally {
    outer.removeEventListener('abort', relay);
    stop.abort();
  }
}

/** Waits until a provider answers, and checks that the ledger is the one that was configured. */
async function awaitLedger(
  reads: ChainReads,
  at: { config: RelayerConfig; state: RelayerState; parts: RelayerParts; firstMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { ledger, ledgerCodeHash, chainId: settlementChainId } = at.config.settlement;
  for (let failures = 1; !signal.aborted; failures++) {
    let seen: Bytes32 | undefined;
    try {
      seen = await reads.readCodeHash(address(ledger), signal);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      at.state.starting = error instanceof Error ? error.message : 'no provider answered';
      at.parts.telemetry.observer.observe({
        name: 'start-delayed',
        level: 'warn',
        fields: { chain_id: settlementChainId, detail: at.state.starting },
      });
      await at.parts.clock.sleep(retryDelayMs(failures, { firstMs: at.firstMs, maxMs: 15_000 }), signal);
      continue;
    }
    if (seen !== ledgerCodeHash.toLowerCase()) {
      throw relayerError(
        'CODE_CHANGED',
        `the code of ${ledger} on chain ${settlementChainId} hashes to ${seen}; expected ${ledgerCodeHash}; check settlement.ledger in chains.config.json`,
        { chain_id: settlementChainId },
      );
    }
    at.state.starting = null;
    return;
  }
}

async function watchWallet(
  sender: TransactionSender,
  at: { state: RelayerState; parts: RelayerParts; intervalMs: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      at.state.walletWei = await sender.readBalance(signal);
      at.parts.telemetry.observer.observe({
        name: 'wallet-read',
        level: 'debug',
        fields: { balance_wei: at.state.walletWei },
      });
    } catch (error) {
      // The relay loops tell of a chain that cannot be read; the last known balance stands until it can.
      if (!signal.aborted && !isRetryable(error)) throw error;
    }
    await at.parts.clock.sleep(at.intervalMs, signal);
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
