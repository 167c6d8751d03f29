import type { BlockHash } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import type { FinalLedger } from '../halt/final-ledger.js';
import type { FinalReader, Operation } from '../quorum/final-reader.js';
import type { ChainBlock } from '../rpc/parse-block.js';

/** Blocks asked for at once, so that a frame with many places leaves room for other calls. */
const AT_ONCE = 16;

/** Gives the height and hash of every block that the logs name, in order. */
export function blocksOf(logs: readonly ChainLog[]): ReadonlyMap<bigint, BlockHash> {
  return new Map(logs.map((log) => [log.blockHeight, log.blockHash]));
}

/**
 * Compares the blocks that logs name with what the quorum says, and remembers the final ones. Gives the reason of the
 * first difference, or undefined. @throws NO_QUORUM, HALTED.
 */
export async function findFalseBlock(
  named: ReadonlyMap<bigint, BlockHash>,
  context: { finals: FinalReader; ledger: FinalLedger; operation: Operation },
): Promise<string | undefined> {
  const { finals, ledger, operation } = context;
  const unknown = [...named.keys()].filter((height) => ledger.hashAt(height) === undefined);
  const read = new Map<bigint, ChainBlock>();
  for (let at = 0; at < unknown.length; at += AT_ONCE) {
    const blocks = await Promise.all(
      unknown.slice(at, at + AT_ONCE).map((height) => finals.readAgreed(height, operation)),
    );
    for (const block of blocks) read.set(block.height, block);
  }
  const tip = ledger.tip()?.height ?? -1n;
  const known = new Map([...named.keys()].map((height) => [height, read.get(height)?.hash ?? ledger.hashAt(height)]));
  await ledger.accept([...read.values()].filter((block) => block.height <= tip));
  for (const [height, hash] of named) {
    if (known.get(height) !== hash)
      return `a log names block ${height} as ${hash}; the quorum says ${known.get(height)}`;
  }
  return undefined;
}
