import { wormholeWitnessAbi } from '@surety/contracts';
import { bytesToHex } from '@surety/domain';
import type { HeadConfirmer, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import type { BridgeReads } from '../bridge-reads.js';
import type { VaaSource } from './vaa-source.js';
import { type WitnessedEdge, endsOf, readHead } from './witnessed-edge.js';

/** Bytes of what a message says: edge ‖ count u64 ‖ head. It stands at its end. */
const [MESSAGE_BYTES, COUNT_AT, COUNT_END] = [72, 32, 40];

/**
 * Builds the delivery of messages that Wormhole's guardians have signed: one a call, the newest. One that is recorded is settled,
 * whoever delivered it; one that is refused rests, and is tried again.
 */
export function deliverVaas(
  at: WitnessedEdge,
  io: { readonly destination: BridgeReads; readonly sender: TransactionSender; readonly vaas: VaaSource },
): HeadConfirmer['deliver'] {
  const { far: to } = endsOf(at);
  return async (signal) => {
    const vaa = await io.vaas.readNewest(signal);
    if (vaa === undefined) return undefined;
    const count = countIn(vaa.bytes);
    const isRecorded = async (inner?: AbortSignal): Promise<boolean> =>
      (await readHead(at, io.destination, count, inner)) !== undefined;
    if (await isRecorded(signal)) {
      io.vaas.settle(vaa.sequence);
      return undefined;
    }
    const outcome = await io.sender.land(
      {
        purpose: 'deliver-head',
        priority: 'upkeep',
        to,
        calldata: encodeFunctionData({
          abi: wormholeWitnessAbi,
          functionName: 'deliver',
          args: [bytesToHex(vaa.bytes)],
        }),
        gasCeiling: at.gasCeiling,
        readEffect: isRecorded,
      },
      signal,
    );
    if (outcome.kind === 'landed') io.vaas.settle(vaa.sequence);
    if (outcome.kind === 'refused' || outcome.kind === 'reverted') io.vaas.refuse(vaa.sequence);
    return outcome;
  };
}

/** The count that a message tells of, 0 where it is too short for one: the destination refuses that. */
function countIn(bytes: Uint8Array): bigint {
  const message = bytes.slice(-MESSAGE_BYTES);
  return message.length < MESSAGE_BYTES ? 0n : BigInt(bytesToHex(message.slice(COUNT_AT, COUNT_END)));
}
