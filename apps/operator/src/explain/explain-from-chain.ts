import { collateralLedgerAbi, collateralVaultAbi, parseReplicaCountWord, replicaSlots } from '@surety/contracts';
import { type Explanation, type ParkedFacts, explainLockByChain, explainUnseen } from '@surety/domain';
import { PARK_REASONS } from '@surety/workflows';
import { type Hex, type PublicClient, TransactionReceiptNotFoundError, parseEventLogs } from 'viem';
import { formatUnits } from '../terminal/format.js';
import { type Reach, placeOf } from '../chains/open-config.js';
import { openReader } from '../chains/open-sender.js';
import { type RelayedEdge, relayedEdges } from '../relay/relayed-edges.js';

/** A transaction's hash, or an edge with the index of an entry; and why no aggregator answered. */
export interface ChainQuestion {
  readonly hash: string;
  readonly index: bigint | undefined;
  readonly cause: { readonly code: string; readonly message: string };
}

/** One lock found on its chain; without its log, by its index alone. */
interface FoundLock {
  readonly edge: RelayedEdge;
  readonly index: bigint;
  readonly amountText: string;
  readonly origin: { readonly height: bigint; readonly hash: string } | null;
}

/** Explains locks from the chains alone: where the log is, whether it is final, and how far the ledger has applied. */
export async function explainFromChain(config: Reach, question: ChainQuestion): Promise<readonly Explanation[]> {
  const edges = relayedEdges(config.network, { direction: 'to-ledger' });
  const found = await findLocks(config, edges, question);
  if (found.length > 0) return Promise.all(found.map((lock) => judge(config, lock, question)));
  const chains = edges.map(({ origin: { name, chainId } }) => {
    return {
      name,
      chainId,
      condition: 'live',
      reason: null,
      heightFinal: null,
      asked: 'surety, by its own providers,',
    };
  });
  return [explainUnseen(question.hash, chains)];
}

async function findLocks(
  config: Reach,
  edges: readonly RelayedEdge[],
  { hash, index }: ChainQuestion,
): Promise<readonly FoundLock[]> {
  if (index !== undefined) {
    const edge = edges.find(({ journal }) => journal.edgeId === hash.toLowerCase());
    return edge === undefined ? [] : [{ edge, index, amountText: `entry ${index}`, origin: null }];
  }
  const found = await Promise.all(edges.map((edge) => locksIn(readerOf(config, edge.origin), edge, hash as Hex)));
  return found.flat();
}

async function locksIn(client: PublicClient, edge: RelayedEdge, hash: Hex): Promise<readonly FoundLock[]> {
  const receipt = await client.getTransactionReceipt({ hash }).catch((cause: unknown) => {
    if (cause instanceof TransactionReceiptNotFoundError) return undefined;
    throw cause;
  });
  if (receipt === undefined) return [];
  const logs = parseEventLogs({ abi: collateralVaultAbi, eventName: 'Locked', logs: receipt.logs });
  return logs
    .filter(({ address }) => address.toLowerCase() === edge.journal.contract)
    .map(({ args }) => {
      const asset = edge.origin.vault?.assets.find(({ index }) => index === args.asset);
      const amountText = `${formatUnits(args.amount, asset?.decimals ?? 0)} ${asset?.symbol ?? `units of asset ${args.asset}`}`;
      return { edge, index: args.index, amountText, origin: { height: receipt.blockNumber, hash: receipt.blockHash } };
    });
}

async function judge(
  config: Reach,
  { edge, index, amountText, origin }: FoundLock,
  { cause }: ChainQuestion,
): Promise<Explanation> {
  const { edgeId, edge: ends } = edge.journal;
  const [vaultChain, ledgerChain] = [readerOf(config, edge.origin), readerOf(config, edge.destination)];
  const [originFinal, final] = await Promise.all(
    [vaultChain, ledgerChain].map((client) => client.getBlock({ blockTag: 'finalized' })),
  );
  const count = async (blockTag: 'finalized' | 'latest'): Promise<bigint> => {
    const slot = replicaSlots(edgeId).count;
    const word = await ledgerChain.getStorageAt({ address: ends.replica, slot, blockTag });
    return parseReplicaCountWord(BigInt(word ?? '0x0')).count;
  };
  const [newest, finalCount] = await Promise.all([count('latest'), count('finalized')]);
  const heightFinal = final?.number ?? 0n;
  const at = { client: ledgerChain, ledger: ends.replica, source: edge.source, index, amountText };
  return explainLockByChain({
    id: `${edgeId}:${index}`,
    index,
    amountText,
    origin,
    isFinal: origin === null || origin.height <= (originFinal?.number ?? 0n),
    parked: index <= newest ? await readParked(at, BigInt(Math.floor(config.clock.nowMs() / 1_000))) : null,
    originName: edge.origin.name,
    settlementName: edge.destination.name,
    applied: { newest, final: finalCount, heightFinal },
    silence: `${cause.code}: ${cause.message}`,
  });
}

async function readParked(
  at: { client: PublicClient; ledger: Hex; source: number; index: bigint; amountText: string },
  nowS: bigint,
): Promise<ParkedFacts | null> {
  const { client, ledger, source, index, amountText } = at;
  const contract = {
    address: ledger,
    abi: collateralLedgerAbi,
    functionName: 'parkedOf',
    args: [source, index],
  } as const;
  const { reason, readyAt, account } = await client.readContract(contract);
  const name = PARK_REASONS[reason] ?? 'NONE';
  if (name === 'NONE' || name === 'FEE') return null;
  const date = readyAt === 0 ? null : BigInt(readyAt);
  return { reason: name, readyAt: date, account, amountText, source, index, nowS };
}

function readerOf(config: Reach, chain: RelayedEdge['origin']): PublicClient {
  return openReader(placeOf(config, chain));
}
