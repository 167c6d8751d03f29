import {
  type BlockHash,
  type Keccak256,
  blockHash,
  bytesToHex,
  encodeRlpList,
  encodeRlpString,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { rpcError } from '../errors.js';
import { parseBytes, parseQuantity } from '../answers/rpc-values.js';

type Kind = { readonly bytes: number | undefined } | 'quantity';

/** A header's fields in the order of its RLP; those from `baseFeePerGas` on came with later forks. @source EIP-1559, 4895, 4844, 4788, 7685 */
const FIELDS: readonly (readonly [name: string, kind: Kind])[] = [
  ['parentHash', { bytes: 32 }],
  ['sha3Uncles', { bytes: 32 }],
  ['miner', { bytes: 20 }],
  ['stateRoot', { bytes: 32 }],
  ['transactionsRoot', { bytes: 32 }],
  ['receiptsRoot', { bytes: 32 }],
  ['logsBloom', { bytes: 256 }],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', { bytes: undefined }],
  ['mixHash', { bytes: 32 }],
  ['nonce', { bytes: 8 }],
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', { bytes: 32 }],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', { bytes: 32 }],
  ['requestsHash', { bytes: 32 }],
];

const REQUIRED = 15;

/**
 * Computes a block's hash from its header fields, see {@link encodeHeader}.
 * @throws BAD_RESPONSE for a malformed field, BAD_HEADER for a gap.
 */
export function hashHeader(header: Readonly<Record<string, unknown>>, keccak256: Keccak256): BlockHash {
  return blockHash(bytesToHex(keccak256(encodeHeader(header))));
}

/**
 * RLP-encodes a header from its named fields, Frontier to Prague. Fields of later forks are optional, but none may be
 * missing before one that is present.
 * @throws BAD_RESPONSE for a malformed field, BAD_HEADER for a gap.
 */
export function encodeHeader(header: Readonly<Record<string, unknown>>): Uint8Array {
  const encoded: Uint8Array[] = [];
  for (const [at, [name, kind]] of FIELDS.entries()) {
    const value = header[name];
    if (at >= REQUIRED && (value === undefined || value === null)) continue;
    if (at > encoded.length) {
      throw rpcError(
        'BAD_HEADER',
        `the header has ${name} but not ${FIELDS[encoded.length]?.[0]}; expected every field before it`,
      );
    }
    encoded.push(encodeRlpString(fieldBytes(value, name, kind)));
  }
  return encodeRlpList(encoded);
}

function fieldBytes(value: unknown, name: string, kind: Kind): Uint8Array {
  if (kind !== 'quantity') return hexToBytes(parseBytes(value, name, kind.bytes));
  const quantity = parseQuantity(value, name);
  const text = quantity.toString(16);
  return quantity === 0n ? new Uint8Array() : uintToBytes(quantity, Math.ceil(text.length / 2));
}
