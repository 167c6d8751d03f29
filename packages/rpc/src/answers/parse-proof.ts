import { hexToBytes } from '@surety/domain';
import type { AccountProof } from '../proof/account-proof.js';
import { parseArray, parseBytes, parseObject } from './rpc-values.js';

/** Nodes on one path: 64 nibbles and the root. */
const NODES_MAX = 65;

/** Reads the nodes of an `eth_getProof` answer; its stated values are ignored, since the nodes prove them. @throws BAD_RESPONSE. */
export function parseProof(result: unknown, slotCount: number): AccountProof {
  const proof = parseObject(result, 'the proof');
  const slots = parseArray(proof['storageProof'], 'storageProof', slotCount);
  return {
    accountNodes: parseNodes(proof['accountProof'], 'accountProof'),
    slotNodes: slots.map((slot) => parseNodes(parseObject(slot, 'a slot')['proof'], 'proof')),
  };
}

function parseNodes(value: unknown, field: string): Uint8Array[] {
  return parseArray(value, field, NODES_MAX).map((node) => hexToBytes(parseBytes(node, 'a node')));
}
