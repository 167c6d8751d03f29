import type { Keccak256 } from '@surety/domain';
import { hashHeader } from '../proof/header-hash.js';

const word = (byte: string): string => `0x${byte.repeat(32)}`;

/** Returns an empty block as providers show it, with the hash of its header; `fields` replace those of the header. */
export function bareBlock(
  height: bigint,
  keccak256: Keccak256,
  fields: Readonly<Record<string, unknown>> = {},
): { readonly hash: string } & Readonly<Record<string, unknown>> {
  const header = {
    parentHash: word('01'),
    sha3Uncles: word('02'),
    miner: `0x${'03'.repeat(20)}`,
    stateRoot: word('04'),
    transactionsRoot: word('05'),
    receiptsRoot: word('06'),
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    number: `0x${height.toString(16)}`,
    gasLimit: '0x1',
    gasUsed: '0x0',
    timestamp: '0x5',
    extraData: '0x',
    mixHash: word('07'),
    nonce: '0x0000000000000000',
    ...fields,
  };
  return { ...header, hash: hashHeader(header, keccak256) };
}
