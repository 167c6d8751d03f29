import type { Network } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  parseAddress,
  parseUint,
  requireObject,
} from '@surety/domain';
import { operatorError } from '../errors.js';

/**
 * The message by which a member of the newest epoch signs the next one, at one verifier.
 * @source Statements.sol, ROTATION_TYPE
 */
export interface Rotation {
  readonly chainId: number;
  readonly verifier: Address;
  /** The new epoch. */
  readonly epoch: number;
  readonly members: readonly Address[];
  /** Seconds. */
  readonly activeFrom: bigint;
}

/** One member's signatures of one rotation at each verifier, as `surety attesters sign` writes them. */
export interface RotationFile {
  readonly signer: Address;
  readonly rotations: readonly (Rotation & { readonly signature: Hex })[];
}

/** Returns a rotation as EIP-712 typed data. */
export function rotationTypedData({ chainId, verifier, epoch, members, activeFrom }: Rotation) {
  return {
    domain: { name: 'Surety', version: '1', chainId, verifyingContract: verifier },
    types: {
      Rotation: [
        { name: 'epoch', type: 'uint32' },
        { name: 'members', type: 'bytes32' },
        { name: 'activeFrom', type: 'uint64' },
      ],
    },
    primaryType: 'Rotation',
    message: { epoch, members: membersHash(members), activeFrom },
  } as const;
}

/** Returns keccak256 of the sorted packed addresses. @source MemberCode.pack */
export function membersHash(members: readonly Address[]): Bytes32 {
  return bytes32(bytesToHex(keccak256(concatBytes(...members.map((member) => hexToBytes(member, 20))))));
}

/** Parses one member's signatures. @throws NOT_JSON; MISSING_FIELD, BAD_HEX, OUT_OF_RANGE with the path in the file. */
export function parseRotationFile(text: string, file: string): RotationFile {
  const object = requireObject(parseJson(text, file), file, ['signer', 'rotations']);
  const listed = object['rotations'];
  if (!Array.isArray(listed)) {
    throw operatorError('NOT_JSON', `${file} has no list "rotations"; expected what surety attesters sign writes`);
  }
  return {
    signer: parseAddress(object['signer'], `${file}.signer`),
    rotations: listed.map((one: unknown, at) => parseSigned(one, `${file}.rotations[${at}]`)),
  };
}

function parseSigned(value: unknown, path: string): RotationFile['rotations'][number] {
  const fields = ['chainId', 'verifier', 'epoch', 'members', 'activeFrom', 'signature'];
  const object = requireObject(value, path, fields);
  const members = object['members'];
  const signature = String(object['signature']);
  hexToBytes(signature, 65);
  return {
    chainId: Number(parseUint(object['chainId'], 53, `${path}.chainId`)),
    verifier: parseAddress(object['verifier'], `${path}.verifier`),
    epoch: Number(parseUint(object['epoch'], 32, `${path}.epoch`)),
    members: (Array.isArray(members) ? (members as unknown[]) : []).map((one, at) =>
      parseAddress(one, `${path}.members[${at}]`),
    ),
    activeFrom: parseUint(object['activeFrom'], 64, `${path}.activeFrom`),
    signature: signature as Hex,
  };
}

/**
 * Joins the files' signatures for one verifier, ascending by signer as the verifier requires.
 * @throws BAD_USE if a file has none for it, or two files are of one signer.
 */
export function joinSignatures(
  files: readonly string[],
  { chain, contract }: { readonly chain: Network['chains'][number]; readonly contract: Address },
  read: (file: string) => string,
): Hex {
  const found = files.map((file) => {
    const { signer, rotations } = parseRotationFile(read(file), file);
    const one = rotations.find(({ chainId, verifier }) => chainId === chain.chainId && verifier === contract);
    if (one !== undefined) return { signer, signature: one.signature };
    const seen = rotations.map(({ chainId, verifier }) => `${verifier} on ${chainId}`).join(', ') || 'nothing';
    throw operatorError('BAD_USE', `${file} signs for ${seen}; expected the verifier ${contract} on ${chain.chainId}`);
  });
  const twice = found.find(({ signer }, at) => found.findIndex((other) => other.signer === signer) !== at);
  if (twice !== undefined) {
    throw operatorError('BAD_USE', `two of the files are signed by ${twice.signer}; expected one of each member`);
  }
  const sorted = found.toSorted((left, right) => (left.signer < right.signer ? -1 : 1));
  return bytesToHex(concatBytes(...sorted.map(({ signature }) => hexToBytes(signature, 65))));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw operatorError('NOT_JSON', `${file} is no JSON; expected what surety attesters sign writes`, cause);
  }
}
