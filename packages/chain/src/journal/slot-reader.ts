import { type Address, type Bytes32, type Keccak256, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import {
  type Operation,
  type ProviderRotation,
  parseBytes,
  parseProof,
  toQuantity,
  verifyAccountProof,
} from '@surety/rpc';
import type { FinalBlock, ProvenCode, ProvenSlots } from '@surety/workflows';
import { chainError } from '../errors.js';

/** Slots of one contract to read at a final block. */
export interface SlotRequest {
  readonly contract: Address;
  readonly slots: readonly Bytes32[];
  readonly block: FinalBlock;
  /** Code that the contract must have; undefined if any code will do. */
  readonly codeHash?: Bytes32 | undefined;
}

/**
 * Reads storage words from one provider and verifies them under the block's state root; from another only if the first
 * fails or its proof does not hold.
 * @throws UNPROVEN if they cannot prove it, UNAVAILABLE if too many gave no answer, NO_QUORUM (too many false proofs), CODE_CHANGED, CALL_LIMIT, ABORTED.
 */
export async function readSlots(
  request: SlotRequest,
  context: Operation & { rotation: ProviderRotation; keccak256: Keccak256 },
): Promise<ProvenSlots> {
  const { contract, slots, block, codeHash } = request;
  const account = await context.rotation.ask({
    subject: `a proof of ${contract} at block ${block.height}`,
    exhausted: 'UNPROVEN',
    away: 'UNAVAILABLE',
    ask: (provider) =>
      provider.call({
        method: 'eth_getProof',
        params: [contract, slots, toQuantity(block.height)],
        parse: (result) =>
          verifyAccountProof(
            { stateRoot: block.stateRoot, address: contract, slots, proof: parseProof(result, slots.length) },
            context.keccak256,
          ) ?? null,
        budget: context.budget,
        signal: context.signal,
      }),
  });
  if (account === null) {
    throw chainError(
      'CODE_CHANGED',
      `${contract} does not exist at block ${block.height}; expected a contract, check address and start block`,
      {
        context: { height: block.height },
      },
    );
  }
  if (codeHash !== undefined && account.codeHash !== codeHash) {
    throw chainError(
      'CODE_CHANGED',
      `${contract} has code ${account.codeHash} at block ${block.height}; expected ${codeHash} as configured`,
      {
        context: { height: block.height, seen: account.codeHash, expected: codeHash },
      },
    );
  }
  return { codeHash: account.codeHash, values: account.values };
}

/**
 * Reads a contract's code from one provider, whose hash a proof shows; from another only if it fails or gives other code.
 * @throws as {@link readSlots}.
 */
export async function readCode(
  request: { readonly contract: Address; readonly block: FinalBlock },
  context: Operation & { rotation: ProviderRotation; keccak256: Keccak256 },
): Promise<ProvenCode> {
  const { contract, block } = request;
  const { codeHash } = await readSlots({ contract, slots: [], block }, context);
  const code = await context.rotation.ask({
    subject: `the code of ${contract} at block ${block.height}`,
    exhausted: 'UNPROVEN',
    away: 'UNAVAILABLE',
    ask: (provider) =>
      provider.call({
        method: 'eth_getCode',
        params: [contract, toQuantity(block.height)],
        parse: (result) => {
          const bytes = hexToBytes(parseBytes(result, 'the code'));
          const seen = bytes32(bytesToHex(context.keccak256(bytes)));
          if (seen === codeHash) return bytes;
          throw chainError('BAD_PROOF', `the code of ${contract} hashes to ${seen}; expected the proven ${codeHash}`);
        },
        budget: context.budget,
        signal: context.signal,
      }),
  });
  return { code, codeHash };
}
