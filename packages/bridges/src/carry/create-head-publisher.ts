import { layerZeroWitnessAbi } from '@surety/contracts';
import type { HeadPublisher, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import { type BridgeReads, readView } from '../bridge-reads.js';
import type { PublicationBook } from './publication-book.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** Reads of a chain with what gas costs there. */
export interface PublisherReads extends BridgeReads {
  readMarket(signal?: AbortSignal): Promise<{ readonly baseFeePerGas: bigint; readonly tipPerGas: bigint }>;
}

/** What publishing over one witness needs. */
export interface PublisherPorts {
  readonly origin: PublisherReads;
  readonly destination: BridgeReads;
  readonly sender: TransactionSender;
  readonly published: PublicationBook;
  /** Shortest time between two looks at the book. */
  readonly lookEveryMs: number;
  /** Whether somebody is known who hands in at the other end what it tells. */
  readonly isDelivered: boolean;
}

/** Gas of one publication by plan. @source BridgeGas.t.sol: LayerZero 131,063, Wormhole 42,060 */
const PUBLISH_GAS = { layerzero: 135_000n, wormhole: 45_000n, 'state-proof': 0n } as const;
/** Heads whose age is asked: each one that is under way and is not the first of its count costs nothing. */
const AGES_MAX = 32;

/** Builds the end beside the journal: it publishes there, and reads beside the replica what has arrived. */
export function createHeadPublisher(at: WitnessedEdge, io: PublisherPorts): HeadPublisher {
  const { near: to } = endsOf(at);
  // Both kinds answer these alike.
  const abi = layerZeroWitnessAbi;
  return {
    name: at.witness.name,
    isDelivered: io.isDelivered,
    readRecord: (signal) => readRecord(at, io.destination, signal),
    readPublished: (past, signal) => readPublished(at, io, past, signal),
    async readCost(signal) {
      const view = { to, abi, functionName: 'quotePublish', args: [at.edge] };
      const [feeWei, { baseFeePerGas, tipPerGas }] = await Promise.all([
        readView<bigint>(io.origin, view, signal),
        io.origin.readMarket(signal),
      ]);
      return { feeWei, gasWei: PUBLISH_GAS[at.witness.kind] * (baseFeePerGas + tipPerGas) };
    },
    publish: (value, signal) =>
      io.sender.land(
        {
          purpose: 'publish-head',
          priority: 'upkeep',
          to,
          value,
          calldata: encodeFunctionData({ abi, functionName: 'publish', args: [at.edge] }),
          gasCeiling: at.gasCeiling,
          // A second publication of the same head costs its fee and harms nothing.
          readEffect: async () => false,
        },
        signal,
      ),
  };
}

/** The first publication of each count past one, the oldest first: who publishes a head again makes it no younger. */
async function readPublished(
  { edge }: WitnessedEdge,
  { published, lookEveryMs }: PublisherPorts,
  past: bigint,
  signal?: AbortSignal,
): Promise<readonly { readonly count: bigint; readonly atMs: number }[]> {
  await published.look(lookEveryMs, signal);
  let newest = past;
  const firsts = published.list().filter((one) => {
    if (one.edge !== edge || one.count <= newest) return false;
    newest = one.count;
    return true;
  });
  return Promise.all(
    firsts.slice(0, AGES_MAX).map(async (one) => ({
      count: one.count,
      atMs: await published.readAtMs(one, signal),
    })),
  );
}
