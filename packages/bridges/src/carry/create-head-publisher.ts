import { layerZeroWitnessAbi } from '@surety/contracts';
import type { HeadPublisher, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import { type BridgeReads, readContractView } from '../bridge-reads.js';
import type { PublicationBook } from './publication-book.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** Reads of a chain and of its gas price. */
export interface PublisherReads extends BridgeReads {
  readMarket(signal?: AbortSignal): Promise<{ readonly baseFeePerGas: bigint; readonly tipPerGas: bigint }>;
}

/** Dependencies of publishing over one witness. */
export interface PublisherPorts {
  readonly origin: PublisherReads;
  readonly destination: BridgeReads;
  readonly sender: TransactionSender;
  readonly published: PublicationBook;
  /** The journal's own number of entries: what was published above it is a provider's lie. */
  readonly readJournal: (signal?: AbortSignal) => Promise<bigint>;
  /** Shortest time between two polls of published heads, in milliseconds. */
  readonly lookEveryMs: number;
  /** True if a known process delivers what this witness publishes. */
  readonly isDelivered: boolean;
}

/** Planned gas of one publication. @source BridgeGas.t.sol: LayerZero 131,063, Wormhole 42,060 */
const PUBLISH_GAS = { layerzero: 135_000n, wormhole: 45_000n, 'state-proof': 0n } as const;
/** Heads whose age is read: further ones that are in flight and not the first of their count cost nothing. */
const AGES_MAX = 32;

/** Creates the port beside the journal: it publishes heads there and reads beside the replica which have arrived. */
export function createHeadPublisher(at: WitnessedEdge, io: PublisherPorts): HeadPublisher {
  const { near: to } = endsOf(at);
  // Both kinds of witness have these views.
  const abi = layerZeroWitnessAbi;
  return {
    name: at.witness.name,
    isDelivered: io.isDelivered,
    readRecord: (signal) => readRecord(at, io.destination, signal),
    readPublished: (past, signal) => readPublished(at, io, past, signal),
    async readCost(signal) {
      const view = { to, abi, functionName: 'quotePublish', args: [at.edge] };
      const [feeWei, { baseFeePerGas, tipPerGas }] = await Promise.all([
        readContractView<bigint>(io.origin, view, signal),
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
          // Publishing the same head twice costs its fee and is harmless.
          readEffect: async () => false,
        },
        signal,
      ),
  };
}

/**
 * Returns the first publication of each count above one, the oldest first: publishing a head again must not make it
 * look younger. A count that the journal does not have would stay in the book and hide every later one.
 */
async function readPublished(
  { edge }: WitnessedEdge,
  { published, lookEveryMs, readJournal }: PublisherPorts,
  past: bigint,
  signal?: AbortSignal,
): Promise<readonly { readonly count: bigint; readonly atMs: number }[]> {
  await published.look(lookEveryMs, signal);
  const last = await readJournal(signal);
  let newest = past;
  const firsts = published.firstsOf(edge).filter((one) => {
    if (one.count <= newest || one.count > last) return false;
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
