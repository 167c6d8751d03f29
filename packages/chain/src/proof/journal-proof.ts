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
 * Proves how far an edge's journal is in a block of its chain; count 0 where it had no entry yet. The state at that block must be kept.
 * @throws BAD_HEADER if the node gives another block; BAD_PROOF, BAD_RLP if it lies; BAD_RESPONSE if it has not got the block.
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
