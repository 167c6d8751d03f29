import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type BlockHash,
  type Bytes32,
  type Hex,
  bytes32,
  bytesToHex,
  hexToBytes,
  verifyStateProof,
} from '@surety/domain';
import { encodeHeader, parseBytes } from '@surety/rpc';
import { chainError } from '../errors.js';

/** Calls a node that keeps the state of the proven block. */
export type AskNode = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Nodes of one proof, from the root down. */
export type Nodes = readonly Hex[];

/** Proofs of some storage slots of a contract at a block. */
export interface SlotProofs {
  /** RLP of the block's header. */
  readonly header: Hex;
  readonly account: Nodes;
  /** In the requested order. */
  readonly slots: readonly Nodes[];
  readonly values: readonly Bytes32[];
}

/**
 * Reads proofs of a contract's storage slots at a block and verifies them as a contract would.
 * @throws BAD_HEADER if the node returns another block; BAD_PROOF, BAD_RLP if it lies; BAD_RESPONSE if it lacks the
 * block.
 */
export async function proveSlots(
  ask: AskNode,
  at: { readonly contract: Address; readonly block: BlockHash },
  slots: readonly Bytes32[],
): Promise<SlotProofs> {
  const block = fieldsOf(await ask('eth_getBlockByHash', [at.block, false]), 'the block');
  const header = encodeHeader(block);
  const hash = bytesToHex(keccak256(header));
  if (hash !== at.block) {
    throw chainError('BAD_HEADER', `the header hashes to ${hash}; expected the block ${at.block}`);
  }
  const answer = fieldsOf(await ask('eth_getProof', [at.contract, slots, block['number']]), 'the proof');
  const account = nodesOf(answer['accountProof'], 'accountProof');
  const storage = listOf(answer['storageProof'], 'storageProof');
  const slotNodes = storage.map((each) => nodesOf(fieldsOf(each, 'storageProof')['proof'], 'storageProof.proof'));
  const proven = verifyStateProof(
    {
      stateRoot: bytes32(String(block['stateRoot'])),
      address: at.contract,
      slots,
      proof: { accountNodes: account.map(bytesOf), slotNodes: slotNodes.map((nodes) => nodes.map(bytesOf)) },
    },
    keccak256,
  );
  return { header: bytesToHex(header), account, slots: slotNodes, values: proven?.values ?? [] };
}

const bytesOf = (node: string): Uint8Array => hexToBytes(node);

function nodesOf(value: unknown, name: string): Nodes {
  return listOf(value, name).map((node) => parseBytes(node, name));
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw chainError('BAD_RESPONSE', `${name} is no list`);
  return value;
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    throw chainError('BAD_RESPONSE', `${name} is missing; ask a node that keeps the state of that block`);
  }
  return value as Readonly<Record<string, unknown>>;
}
