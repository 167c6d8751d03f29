import { wormholeWitnessAbi } from '@surety/contracts';
import { AppError, bytesToHex, paddedAddress } from '@surety/domain';
import type { HeadConfirmer, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import type { BridgeReads } from '../bridge-reads.js';
import { type WitnessVaa, readVaa } from './read-vaa.js';
import type { VaaSource } from './vaa-source.js';
import { type WitnessedEdge, endsOf, readHead } from './witnessed-edge.js';

/** Consistency level of a message that guardians sign once its block is final. @source WormholeWitness.sol */
const CONSISTENCY_FINALIZED = 1;

/**
 * Creates the delivery of messages signed by Wormhole's guardians: the newest, one per call. A recorded message is
 * settled, whoever delivered it; a refused one is retried later. A message that the destination would reject under any
 * guardian set is refused here, before simulation.
 */
export function deliverVaas(
  at: WitnessedEdge,
  io: {
    readonly destination: BridgeReads;
    readonly sender: TransactionSender;
    readonly vaas: VaaSource;
    /** Wormhole's chain id of the publishing chain. */
    readonly emitterChain: number;
  },
): HeadConfirmer['deliver'] {
  const { far: to } = endsOf(at);
  return async (signal) => {
    const vaa = await io.vaas.readNewest(signal);
    if (vaa === undefined) return undefined;
    const read = readMessage(at, vaa, io.emitterChain);
    if ('problem' in read) {
      io.vaas.refuse(vaa.sequence);
      return { kind: 'refused', name: 'BAD_VAA', detail: read.problem };
    }
    const { count } = read;
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

/** Parses a message as its destination will, or returns the reason to refuse it. */
function readMessage(
  at: WitnessedEdge,
  { bytes, sequence }: { readonly bytes: Uint8Array; readonly sequence: bigint },
  emitterChain: number,
): WitnessVaa | { readonly problem: string } {
  try {
    const vaa = readVaa(bytes);
    const differing = [
      differs('emitter chain', vaa.emitterChain, emitterChain),
      differs('emitter', vaa.emitter, paddedAddress(endsOf(at).near)),
      differs('sequence', vaa.sequence, sequence),
      differs('consistency level', vaa.consistencyLevel, CONSISTENCY_FINALIZED),
    ].filter((one) => one !== undefined);
    return differing.length === 0 ? vaa : { problem: `the guardians' interface gave ${differing.join(', ')}` };
  } catch (error) {
    if (error instanceof AppError && error.code === 'BAD_VAA') return { problem: error.message };
    throw error;
  }
}

function differs<Value extends string | number | bigint>(
  what: string,
  seen: Value,
  expected: Value,
): string | undefined {
  return seen === expected ? undefined : `${what} ${seen}; expected ${expected}`;
}
