import { type AccountProof, hexToBytes } from '@surety/domain';
import { parseArray, parseBytes, parseObject } from './rpc-values.js';

/** Most nodes on one path: one per nibble of the key, and the root. */
const NODES_MAX = 65;

/**
 * Parses the nodes of an `eth_getProof` response. The values it states are ignored, since the nodes prove them.
 * @throws BAD_RESPONSE.
 */
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
