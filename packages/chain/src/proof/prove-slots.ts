import { keccak256 } from '@surety/contracts';
import { type Address, type BlockHash, type Bytes32, type Hex, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { encodeHeader, parseBytes, verifyAccountProof } from '@surety/rpc';
import { chainError } from '../errors.js';

/** Asks a node of the chain on which is proven; it must keep the state of that block. */
export type AskNode = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Nodes of one proof, top down. */
export type Nodes = readonly Hex[];

/** A contract in a block, and what is proven of its storage. */
export interface ProvenSlots {
  /** RLP of the block's header. */
  readonly header: Hex;
  readonly account: Nodes;
  /** In the order in which they were asked for. */
  readonly slots: readonly Nodes[];
  readonly values: readonly Bytes32[];
}

/**
 * Asks for slots of a contract in a block, and verifies the answer as a contract that takes proofs will.
 * @throws BAD_HEADER if the node gives another block; BAD_PROOF, BAD_RLP if it lies; BAD_RESPONSE if it has not got the block.
 */
export async function proveSlots(
  ask: AskNode,
  at: { readonly contract: Address; readonly block: BlockHash },
  slots: readonly Bytes32[],
): Promise<ProvenSlots> {
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
  const proven = verifyAccountProof(
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
