import {
  type Address,
  type Bytes32,
  type Hex,
  hexToBytes,
  parseAddress,
  parseUint,
  parseWord,
  requireObject,
} from '@surety/domain';
import { operatorError } from '../errors.js';

/** What a member signs at one verifier about the point at which an edge's generation ends. @source Statements.sol, GENERATION_TYPE */
export interface Generation {
  readonly chainId: number;
  readonly verifier: Address;
  readonly edge: Bytes32;
  /** Entries up to the point. */
  readonly count: bigint;
  /** Head at `count`. */
  readonly head: Bytes32;
  /** The attester set of that verifier under which it is signed. */
  readonly epoch: number;
}

/** One member's signatures of one point at both ends' verifiers, as `surety attesters sign-generation` writes them. */
export interface GenerationFile {
  readonly signer: Address;
  readonly generations: readonly (Generation & { readonly signature: Hex })[];
}

/** Gives what is signed as EIP-712 typed data. */
export function generationTypedData({ chainId, verifier, edge, count, head, epoch }: Generation) {
  return {
    domain: { name: 'Surety', version: '1', chainId, verifyingContract: verifier },
    types: {
      Generation: [
        { name: 'edge', type: 'bytes32' },
        { name: 'count', type: 'uint64' },
        { name: 'head', type: 'bytes32' },
        { name: 'epoch', type: 'uint32' },
      ],
    },
    primaryType: 'Generation',
    message: { edge, count, head, epoch },
  } as const;
}

/** Reads what a member signed. @throws NOT_JSON; MISSING_FIELD, BAD_HEX, OUT_OF_RANGE with the path in the file. */
export function parseGenerationFile(text: string, file: string): GenerationFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw operatorError('NOT_JSON', `${file} is no JSON; expected what surety attesters sign-generation writes`, cause);
  }
  const object = requireObject(parsed, file, ['signer', 'generations']);
  const listed = object['generations'];
  if (!Array.isArray(listed)) {
    throw operatorError(
      'NOT_JSON',
      `${file} has no list "generations"; expected what surety attesters sign-generation writes`,
    );
  }
  return {
    signer: parseAddress(object['signer'], `${file}.signer`),
    generations: listed.map((one: unknown, at) => parseSigned(one, `${file}.generations[${at}]`)),
  };
}

function parseSigned(value: unknown, path: string): GenerationFile['generations'][number] {
  const object = requireObject(value, path, ['chainId', 'verifier', 'edge', 'count', 'head', 'epoch', 'signature']);
  const signature = String(object['signature']);
  hexToBytes(signature, 65);
  return {
    chainId: Number(parseUint(object['chainId'], 53, `${path}.chainId`)),
    verifier: parseAddress(object['verifier'], `${path}.verifier`),
    edge: parseWord(object['edge'], `${path}.edge`),
    count: parseUint(object['count'], 64, `${path}.count`),
    head: parseWord(object['head'], `${path}.head`),
    epoch: Number(parseUint(object['epoch'], 32, `${path}.epoch`)),
    signature: signature as Hex,
  };
}
