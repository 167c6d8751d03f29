import { type Bytes32, AppError, bytes32, bytesToHex, bytesToUint } from '@surety/domain';
import { type Layout, type LayoutToType, deserializeLayout } from '@wormhole-foundation/sdk-base';
import { envelopeLayout, headerLayout } from '@wormhole-foundation/sdk-definitions';

/** Bytes of what a witness publishes: edge ‖ count u64 ‖ head. */
const [PAYLOAD_BYTES, COUNT_AT, HEAD_AT] = [72, 32, 40];

/**
 * The SDK's envelope layout with the chain as a plain number: the SDK's table lacks local chains and those newer than
 * its release.
 */
const envelope = envelopeLayout.map((item) =>
  item.name === 'emitterChain' ? ({ name: 'emitterChain', binary: 'uint', size: 2 } as const) : item,
);
const payload = { name: 'payload', binary: 'bytes' } as const;
const vaaLayout = [...headerLayout, ...envelope, payload] as const satisfies Layout;

/** A witness's message signed by Wormhole's guardians. Its signatures are not verified. */
export interface WitnessVaa {
  /** Index of the guardian set that signed. */
  readonly guardianSet: number;
  /** Indices of the guardians that signed, ascending. */
  readonly guardians: readonly number[];
  /** Wormhole's chain id of the publishing chain. */
  readonly emitterChain: number;
  /** The emitting contract, left-padded. */
  readonly emitter: Bytes32;
  readonly sequence: bigint;
  readonly consistencyLevel: number;
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
}

/**
 * Parses a VAA of version 1 whose payload comes from a witness. Mirrors Vaa.sol and the payload check in
 * WormholeWitness.sol.
 * @throws BAD_VAA for malformed bytes, guardians that do not ascend, and any other payload.
 */
export function readVaa(bytes: Uint8Array): WitnessVaa {
  const vaa = deserialized(bytes);
  const guardians = vaa.signatures.map(({ guardianIndex }) => guardianIndex);
  const at = guardians.findIndex((one, place) => place > 0 && one <= (guardians[place - 1] ?? -1));
  if (at > 0) throw badVaa(`guardian ${guardians[at]} after ${guardians[at - 1]}`, 'guardians that ascend');
  if (vaa.payload.length !== PAYLOAD_BYTES)
    throw badVaa(`a payload of ${vaa.payload.length} bytes`, `${PAYLOAD_BYTES}: edge, count and head`);
  const word = (from: number): Bytes32 => bytes32(bytesToHex(vaa.payload.subarray(from, from + 32)));
  return {
    guardianSet: vaa.guardianSet,
    guardians,
    emitterChain: vaa.emitterChain,
    emitter: bytes32(vaa.emitterAddress.toString()),
    sequence: vaa.sequence,
    consistencyLevel: vaa.consistencyLevel,
    edge: word(0),
    count: bytesToUint(vaa.payload.subarray(COUNT_AT, HEAD_AT)),
    head: word(HEAD_AT),
  };
}

function deserialized(bytes: Uint8Array): LayoutToType<typeof vaaLayout> {
  try {
    return deserializeLayout(vaaLayout, bytes);
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw badVaa(`${bytes.length} bytes that are none (${seen.slice(0, 200)})`, 'a VAA of version 1');
  }
}

function badVaa(seen: string, expected: string): AppError {
  return new AppError({ code: 'BAD_VAA', message: `the guardians' interface gave ${seen}; expected ${expected}` });
}
