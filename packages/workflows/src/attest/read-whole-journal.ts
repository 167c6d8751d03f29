import { AppError, blockHeight, concatBytes } from '@surety/domain';
import type {
  FinalBlock,
  FrameRequest,
  JournalSpec,
  LocatedEntries,
  OriginChain,
  VerifiedFrame,
} from '../ports/origin-chain.js';

/** The part of a chain's reader that walks a journal. */
export type WholeReader = Pick<OriginChain, 'readFrame' | 'readWaypoints' | 'readPortion'>;

/** A journal to read completely, up to a final block; portions end at multiples of the stride. */
export interface WholeJournal {
  readonly journal: JournalSpec;
  readonly block: FinalBlock;
  readonly stride: bigint;
}

/** Failures that mean that a range is too long for one frame. */
const TOO_LONG: ReadonlySet<string> = new Set(['LOG_LIMIT', 'CALL_LIMIT']);

/**
 * Reads and verifies a journal with all its entries at a final block: in one frame if the chain's limits allow it,
 * otherwise in portions.
 * @throws as `OriginChain.readFrame`.
 */
export async function readWholeJournal(
  chain: WholeReader,
  { journal, block, stride }: WholeJournal,
  signal?: AbortSignal,
): Promise<VerifiedFrame> {
  const after = { count: 0n, head: journal.edgeId };
  const afterBlock = journal.fromBlock === 0n ? blockHeight(0n) : blockHeight(journal.fromBlock - 1n);
  const whole = { journal, block, after, afterBlock };
  try {
    return await chain.readFrame(whole, signal);
  } catch (error) {
    if (!(error instanceof AppError) || !TOO_LONG.has(error.code)) throw error;
    return readInPortions(chain, whole, { stride, signal });
  }
}

async function readInPortions(
  chain: WholeReader,
  whole: FrameRequest,
  { stride, signal }: { readonly stride: bigint; readonly signal: AbortSignal | undefined },
): Promise<VerifiedFrame> {
  const { journal, block } = whole;
  const parts: LocatedEntries[] = [];
  let { after, afterBlock } = whole;
  for (const to of await chain.readWaypoints({ ...whole, stride }, signal)) {
    parts.push(await chain.readPortion({ journal, after, afterBlock, to }, signal));
    [after, afterBlock] = [to.position, to.height];
  }
  const last = await chain.readFrame({ journal, block, after, afterBlock }, signal);
  parts.push(last.entries);
  return {
    ...last,
    after: whole.after,
    entries: {
      packed: concatBytes(...parts.map(({ packed }) => packed)),
      locations: parts.flatMap(({ locations }) => locations),
    },
  };
}
