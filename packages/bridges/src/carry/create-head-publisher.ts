import { layerZeroWitnessAbi } from '@surety/contracts';
import type { HeadPublisher, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import { type BridgeReads, readView } from '../bridge-reads.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** Builds the end beside the journal: it publishes there, and reads beside the replica what has arrived. */
export function createHeadPublisher(
  at: WitnessedEdge,
  io: { readonly origin: BridgeReads; readonly destination: BridgeReads; readonly sender: TransactionSender },
): HeadPublisher {
  const { near: to } = endsOf(at);
  // Both kinds answer these alike.
  const abi = layerZeroWitnessAbi;
  return {
    name: at.witness.name,
    readRecord: (signal) => readRecord(at, io.destination, signal),
    readFeeWei: (signal) => readView(io.origin, { to, abi, functionName: 'quotePublish', args: [at.edge] }, signal),
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
