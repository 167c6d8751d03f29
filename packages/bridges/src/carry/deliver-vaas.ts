import { wormholeWitnessAbi } from '@surety/contracts';
import { bytesToHex } from '@surety/domain';
import type { HeadConfirmer, TransactionSender } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import type { BridgeReads } from '../bridge-reads.js';
import type { VaaSource } from './vaa-source.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** Builds the delivery of messages that Wormhole's guardians have signed: one a call, the newest. */
export function deliverVaas(
  at: WitnessedEdge,
  io: { readonly destination: BridgeReads; readonly sender: TransactionSender; readonly vaas: VaaSource },
): HeadConfirmer['deliver'] {
  const { far: to } = endsOf(at);
  return async (signal) => {
    const vaa = await io.vaas.readNewest(signal);
    if (vaa === undefined) return undefined;
    const before = await readRecord(at, io.destination, signal);
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
        readEffect: async (inner) => (await readRecord(at, io.destination, inner)).recorded > before.recorded,
      },
      signal,
    );
    // Landed or refused, the same message teaches nothing a second time.
    if (outcome.kind === 'landed' || outcome.kind === 'refused') io.vaas.forget(vaa.sequence);
    return outcome;
  };
}
