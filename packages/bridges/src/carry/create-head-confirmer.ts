import type { HeadConfirmer, TransactionSender } from '@surety/workflows';
import type { BridgeReads } from '../bridge-reads.js';
import { type WitnessedEdge, confirmCalldata, markCalldata, readHead, readMark, readRecord } from './witnessed-edge.js';

/** Creates the port beside the replica: it triggers the delivery of heads, confirms them and sets marks. */
export function createHeadConfirmer(
  at: WitnessedEdge,
  io: {
    readonly destination: BridgeReads;
    readonly sender: TransactionSender;
    /** Delivers what the transport has ready; undefined where another process delivers. */
    readonly deliver?: HeadConfirmer['deliver'] | undefined;
  },
): HeadConfirmer {
  const { destination, sender } = io;
  const call = { priority: 'upkeep', to: at.replica, gasCeiling: at.gasCeiling } as const;
  return {
    name: at.witness.name,
    readRecord: (signal) => readRecord(at, destination, signal),
    readHead: (count, signal) => readHead(at, destination, count, signal),
    readMark: (count, signal) => readMark(at, destination, count, signal),
    deliver: async (signal) => io.deliver?.(signal),
    confirm: (count, signal) =>
      sender.land(
        {
          ...call,
          purpose: 'confirm-head',
          calldata: confirmCalldata(at, count),
          readEffect: async (inner) => {
            const { confirmed, conflicted } = await readRecord(at, destination, inner);
            return confirmed >= count || conflicted;
          },
        },
        signal,
      ),
    mark: (marked, signal) =>
      sender.land(
        {
          ...call,
          purpose: 'mark-head',
          calldata: markCalldata(at, marked),
          readEffect: async (inner) => (await readMark(at, destination, marked.count, inner)) === marked.head,
        },
        signal,
      ),
  };
}
