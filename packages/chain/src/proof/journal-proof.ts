import { journalSlots, parseJournalCountWord } from '@surety/contracts';
import type { Address, BlockHash, Bytes32, Hex } from '@surety/domain';
import { type AskNode, type Nodes, proveSlots } from './prove-slots.js';

/** The storage proof of a journal in a block. @source JournalProof of L1StateWitness.sol */
export interface JournalProof {
  /** RLP of the block's header. */
  readonly header: Hex;
  readonly account: Nodes;
  readonly head: Nodes;
  readonly count: Nodes;
}

/**
 * Proves the position of an edge's journal in a block of its chain; count 0 if it has no entry. The node must keep the
 * state of that block.
 * @throws BAD_HEADER if the node returns another block; BAD_PROOF, BAD_RLP if it lies; BAD_RESPONSE if it lacks the
 * block.
 */
export async function proveJournal(
  ask: AskNode,
  at: { readonly contract: Address; readonly block: BlockHash; readonly edge: Bytes32 },
): Promise<{ readonly count: bigint; readonly proof: JournalProof }> {
  const slots = journalSlots(at.edge);
  const proven = await proveSlots(ask, at, [slots.head, slots.count]);
  const [head = [], count = []] = proven.slots;
  return {
    count: parseJournalCountWord(BigInt(proven.values[1] ?? 0n)).count,
    proof: { header: proven.header, account: proven.account, head, count },
  };
}
