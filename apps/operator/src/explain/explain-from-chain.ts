import { collateralLedgerAbi, collateralVaultAbi, parseReplicaCountWord, replicaSlots } from '@surety/contracts';
import { type Explanation, type ParkedFacts, explainLockByChain, explainUnseen } from '@surety/domain';
import { awaitQuorum, quorumSize } from '@surety/rpc';
import { PARK_REASONS } from '@surety/workflows';
import { type Hex, type PublicClient, TransactionReceiptNotFoundError, parseEventLogs } from 'viem';
import { operatorError } from '../errors.js';
import { formatUnits } from '../terminal/format.js';
import { type Reach, placeOf } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { TOO_FEW_HELP } from '../chains/newest-height.js';
import { openReader, patienceOf } from '../chains/open-sender.js';
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
  const ledgerChain = readerOf(config, edge.destination);
  const [originFinal, heightFinal] = await Promise.all([
    readFinalHeight(config, edge.origin),
    readFinalHeight(config, edge.destination),
  ]);
  const count = async (at: { readonly blockNumber?: bigint }): Promise<bigint> => {
    const slot = replicaSlots(edgeId).count;
    const word = await ledgerChain.getStorageAt({ address: ends.replica, slot, ...at });
    return parseReplicaCountWord(BigInt(word ?? '0x0')).count;
  };
  const [newest, finalCount] = await Promise.all([count({}), count({ blockNumber: heightFinal })]);
  const at = { client: ledgerChain, ledger: ends.replica, source: edge.source, index, amountText };
  return explainLockByChain({
    id: `${edgeId}:${index}`,
    index,
    amountText,
    origin,
    isFinal: origin === null || origin.height <= originFinal,
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
  return openAgreedReader(placeOf(config, chain));
}

/**
 * Returns the height that two thirds of a chain's providers call final: honest ones name blocks that are minutes apart, so none of them need be
 * the same.
 * @throws NO_PROVIDER; PROVIDER_FAILED if too few answer.
 */
async function readFinalHeight(config: Reach, chain: RelayedEdge['origin']): Promise<bigint> {
  const { endpoints, ...place } = placeOf(config, chain);
  if (endpoints.length === 0) return (await readerOf(config, chain).getBlock({ blockTag: 'finalized' })).number;
  const asked = endpoints.map((endpoint) =>
    openReader({ ...place, endpoints: [endpoint] }).getBlock({ blockTag: 'finalized' }),
  );
  const quorum = quorumSize(endpoints.length);
  const outcomes = await awaitQuorum(asked, quorum, patienceOf(place));
  const heights = outcomes.flatMap((one) => (one?.status === 'fulfilled' ? [one.value.number] : []));
  const agreed = heights.toSorted((one, other) => (one < other ? 1 : -1))[quorum - 1];
  if (agreed !== undefined) return agreed;
  const seen = `${heights.length} of ${endpoints.length} providers of ${chain.name} tell a final block`;
  throw operatorError('PROVIDER_FAILED', `${seen}; expected ${quorum}; ${TOO_FEW_HELP}`);
}
