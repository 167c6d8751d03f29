import { type Address, AppError, type Bytes32, address, accountId } from '@surety/domain';
import type { RelayerConfig } from '@surety/config';
import { type FollowedPrices, type ShadowBoardOptions, createPriceBoard, createShadowBoard } from '@surety/prices';
import { createReader, openProviders, type ProvidersOptions, providerTransport } from '@surety/rpc';
import {
  type ChainReads,
  type KeptSender,
  type Lease,
  type Rpc,
  LEDGER_ERRORS,
  REPORT_ERRORS,
  VAULT_ERRORS,
  createChainReads,
  createLedger,
  createReleaseReader,
  createRpc,
  createTransactionSender,
  createVault,
} from '@surety/transactions';
import {
  type Ledger,
  type NotesFailing,
  type PriceBoard,
  type ShadowBoard,
  type Vault,
  keepRunning,
  retryDelayMs,
} from '@surety/workflows';
import { agreedReleases } from './agreed-releases.js';
import { relayerError } from './errors.js';
import { type LedgerPrices, openLedgerPrices } from './open-ledger-prices.js';
import type { ChainPolicy } from './relayer-policy.js';
import type { ChainState } from './relayer-state.js';
import type { RelayerParts } from './run-relayer.js';
import type { ServedChain, ServedContract } from './served-chains.js';

/** The adapters of one chain: its own sender, wallet and budget. */
export interface ChainDesk {
  readonly chain: ServedChain;
  readonly policy: ChainPolicy;
  readonly rpc: Rpc;
  readonly reads: ChainReads;
  /** Each provider alone: what it says of a contract's code, or of the wallet, is its own word. */
  readonly readsOfEach: readonly Pick<ChainReads, 'readCodeHash' | 'readBalance'>[];
  readonly sender: KeptSender;
  /** On the settlement chain. */
  readonly ledger: Ledger | null;
  /** On the settlement chain: what a quorum of its providers answers. */
  readonly releases: Pick<Ledger, 'readReleased'> | null;
  readonly board: PriceBoard;
  /** On the settlement chain: prices at the risk manager that the ledger names. */
  readonly prices: FollowedPrices | null;
  /** On the settlement chain: feeds that wait in the governor's timelock. */
  readonly shadows: ShadowBoard | null;
  /** In the order of the chain's vaults. */
  readonly vaults: readonly Vault[];
}

/** Opens the adapters of one chain; nothing is read or sent yet. */
export function openChainDesk(parts: RelayerParts, chain: ServedChain, policy: ChainPolicy): ChainDesk {
  const { config, account, clock, telemetry, journal } = parts;
  const { observer } = telemetry;
  const endpoints = config.endpoints.get(chain.chainId) ?? [];
  const { rpcTimeoutMs: timeoutMs, stillAfterMs } = policy;
  const overAll = { chainId: chain.chainId, endpoints, timeoutMs, stillAfterMs, clock, observer };
  const rpc = createRpc(overAll);
  const errors = [...LEDGER_ERRORS, ...VAULT_ERRORS, ...REPORT_ERRORS];
  const reads = createChainReads(rpc, errors);
  const sender = createTransactionSender({ rpc, account, policy: policy.send, clock, observer, errors, journal });
  const { gasCeiling } = policy.relay;
  const configured = address(config.settlement.riskManager);
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const ends = { rpc, reads, sender, gasCeiling };
  const readsOfEach = endpoints.map((one) => createChainReads(createRpc({ ...overAll, endpoints: [one] }), errors));
  const pricesAt = (ledger: Address): LedgerPrices =>
    openLedgerPrices({
      configured,
      ledger,
      readsOfEach,
      openLedger: (riskManager) => createLedger({ ...ends, ledger, riskManager, feeTo }),
      openBoard: (riskManager) => createPriceBoard({ reads, riskManager }),
      openShadows: (riskManager) => createShadowBoard({ ...shadowReader(config, overAll), reads, riskManager }),
      observer,
    });
  return {
    chain,
    policy,
    rpc,
    reads,
    readsOfEach,
    sender,
    releases: chain.ledger && releasesOf(readsOfEach, chain.ledger, chain.chainId),
    ...(chain.ledger === null ? unpriced(reads, configured) : pricesAt(chain.ledger.address)),
    vaults: chain.vaults.map(({ address: vault, edge }) =>
      createVault({ ...ends, vault, source: edge.source, feeTo: sender.address }),
    ),
  };
}

/** On a vault's chain nothing has a price. */
function unpriced(reads: ChainReads, riskManager: Address): Pick<ChainDesk, 'prices' | 'ledger' | 'board' | 'shadows'> {
  return { prices: null, ledger: null, board: createPriceBoard({ reads, riskManager }), shadows: null };
}

/** Reads by one provider at a time: what a timelock holds is checked against its own names. */
function shadowReader(
  { network }: RelayerConfig,
  overAll: ProvidersOptions,
): Pick<ShadowBoardOptions, 'reader' | 'limits'> {
  const chain = network.chains.find(({ chainId }) => chainId === overAll.chainId);
  if (chain === undefined) throw new TypeError(`chain ${overAll.chainId} is not configured`);
  return { reader: createReader(providerTransport(openProviders(overAll))), limits: chain.limits };
}

function releasesOf(
  readsOfEach: readonly ChainReads[],
  { address: ledger }: ServedContract,
  chainId: number,
): Pick<Ledger, 'readReleased'> {
  const readers = readsOfEach.map((reads) => createReleaseReader({ reads, ledger }));
  return agreedReleases(readers, chainId);
}

/** Longest pause between two tries to start, in milliseconds: what keeps a chain away may end at any time. */
const START_PAUSE_MAX_MS = 15_000;

/**
 * Makes a chain ready to be sent to: takes the key's lease, waits until a provider answers, checks that each contract is
 * the one that was configured, and finishes what an earlier process left under way. Gives nothing when the signal aborts.
 * @throws CODE_CHANGED, KEY_LEASED, LEASE_LOST, LEASE_UNAVAILABLE, CHAIN_MISMATCH, OUTBOX_CORRUPT.
 */
export async function startChain(
  parts: RelayerParts,
  desk: ChainDesk,
  state: ChainState,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  const { chain, sender, policy } = desk;
  const lease = parts.holdLease({ chainId: chain.chainId, sender: sender.address });
  const doubted = new Set<object>();
  const started = new AbortController();
  try {
    await keepRunning(
      {
        step: async () => {
          lease.renew(parts.clock.nowMs());
          const contracts = [...(chain.ledger === null ? [] : [chain.ledger]), ...chain.vaults];
          for (const contract of contracts) await requireCode(desk, contract, doubted, signal);
          state.starting = 'what an earlier process left under way is being finished';
          // A provider may have been away for days: nothing is sent by a lease that is gone.
          lease.renew(parts.clock.nowMs());
          await sender.recover(signal);
          state.starting = null;
          started.abort();
        },
        pauseMs: (failures) =>
          failures === 0
            ? 0
            : retryDelayMs(failures, { firstMs: policy.relay.pollIntervalMs, maxMs: START_PAUSE_MAX_MS }),
        failure: {
          name: 'start-delayed',
          fields: { chain_id: chain.chainId },
          describe: (error) => ({ detail: reasonOf(error) }),
          kindOf: reasonOf,
        },
        isFatal: (error) => !isPassing(error),
        distrustProvider: () => distrustProvider(desk),
        onFailure: (error) => void (state.starting = reasonOf(error)),
        clock: parts.clock,
        observer: parts.telemetry.observer,
      },
      AbortSignal.any([signal, started.signal]),
    );
  } catch (error) {
    lease.release();
    throw error;
  }
  if (started.signal.aborted) return lease;
  lease.release();
  return undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no provider answered';
}

/**
 * A contract has other code only if every provider of its chain says so. One provider's word stops nothing, and a silent one
 * proves nothing.
 */
async function requireCode(
  desk: ChainDesk,
  contract: ServedContract,
  doubted: Set<object>,
  signal: AbortSignal,
): Promise<void> {
  const { chainId } = desk.chain;
  const failures: unknown[] = [];
  let seen: Bytes32 | undefined;
  for (const reads of desk.readsOfEach) {
    try {
      const hash = await reads.readCodeHash(contract.address, signal);
      if (hash === contract.codeHash) return;
      seen = hash;
      // Left once: leaving it for each contract would come round to it again.
      if (!doubted.has(reads)) distrustProvider(desk);
      doubted.add(reads);
    } catch (error) {
      failures.push(error);
    }
  }
  const passing = failures.find(isPassing);
  if (passing !== undefined) throw passing as Error;
  if (seen === undefined) throw failures[0] as Error;
  throw relayerError(
    'CODE_CHANGED',
    `the code of ${contract.address} on chain ${chainId} hashes to ${seen}; expected ${contract.codeHash}; check ${contract.listedAs} in chains.config.json`,
    { chain_id: chainId },
  );
}

/** Looks at wallet and budget until the signal aborts, and alarms once when the wallet falls below its least. */
export async function watchWallet(
  parts: RelayerParts & NotesFailing,
  desk: ChainDesk,
  state: ChainState,
  signal: AbortSignal,
): Promise<void> {
  const { observer } = parts.telemetry;
  const { chainId } = desk.chain;
  let isLow = false;
  const look = async (): Promise<void> => {
    const balance = await readBalance(desk, signal);
    state.walletWei = balance;
    state.sender = await desk.sender.readStatus();
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
      pauseMs: () => desk.policy.walletIntervalMs,
      // The relay loops tell of a chain that cannot be read; the last known balance stands until it can.
      failure: { name: 'wallet-unread', fields: { chain_id: chainId }, level: () => 'debug' },
      isFatal: (error) => !isPassing(error),
      distrustProvider: () => distrustProvider(desk),
      clock: parts.clock,
      observer,
      failingLoops: parts.failingLoops,
    },
    signal,
  );
}

/** Returns the wei in the wallet by what most of the providers say that answer: one that lags, or lies, empties and fills it for nobody. */
async function readBalance({ readsOfEach, sender }: ChainDesk, signal: AbortSignal): Promise<bigint> {
  const answers = await Promise.allSettled(readsOfEach.map((reads) => reads.readBalance(sender.address, signal)));
  const said = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const sorted = said.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const balance = sorted[(sorted.length - 1) >> 1];
  if (balance !== undefined) return balance;
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  // One that is at another chain ends nothing while others may answer later.
  throw failures.find(isPassing) ?? failures[0];
}

/** One provider's refusal, for example of a block it does not have, is no reason to end. A lost lease is taken by another process. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code === 'LEASE_LOST') return false;
  return error.retryable || error.code === 'RPC_REFUSED';
}

function distrustProvider({ ledger, vaults }: ChainDesk): void {
  (ledger ?? vaults[0])?.distrustProvider();
}
