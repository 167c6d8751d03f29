import {
  type Address,
  type Hex,
  type JournalHead,
  type StatementDomain,
  chainId,
  formatStatement,
  hexToBytes,
  parseAddress,
  parseStatement,
  parseUint,
  requireObject,
} from '@surety/domain';
import { operatorError } from '../errors.js';

/** One member's signature of the point to which a replica is to be rewound, as `surety attesters sign-rewind` writes it. */
export interface SignedPoint {
  readonly signer: Address;
  /** The verifier at the replica's chain. */
  readonly domain: StatementDomain;
  /** An ordinary statement under the edge's next name. */
  readonly statement: JournalHead;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
}

/** A signed point as JSON. */
export function formatPoint({ signer, domain, statement, signature }: SignedPoint): object {
  const { chainId: id, verifyingContract: verifier } = domain;
  return { signer, chainId: Number(id), verifier, statement: formatStatement(statement), signature };
}

/** Reads what a member signed. @throws NOT_JSON; MISSING_FIELD, UNKNOWN_FIELD, BAD_HEX, BAD_LENGTH, OUT_OF_RANGE with the path in the file. */
export function parsePoint(text: string, file: string): SignedPoint {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw operatorError('NOT_JSON', `${file} is no JSON; expected what surety attesters sign-rewind writes`, cause);
  }
  const object = requireObject(parsed, file, ['signer', 'chainId', 'verifier', 'statement', 'signature']);
  const signature = String(object['signature']);
  hexToBytes(signature, 65);
  return {
    signer: parseAddress(object['signer'], `${file}.signer`),
    domain: {
      chainId: chainId(parseUint(object['chainId'], 53, `${file}.chainId`)),
      verifyingContract: parseAddress(object['verifier'], `${file}.verifier`),
    },
    statement: parseStatement(object['statement'], `${file}.statement`),
    signature: signature as Hex,
  };
}
