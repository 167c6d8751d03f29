import type { ProviderEndpoint } from '@surety/config';
import { AppError, ENTRY_BYTES, blockHeight, concatBytes } from '@surety/domain';
import type {
  Clock,
  EntryBytes,
  FinalBlock,
  FrameRequest,
  LocatedEntries,
  OriginChain,
  VerifiedFrame,
} from '@surety/workflows';
import { openFinalChain } from './open-final-chain.js';
import type { RelayedEdge } from './relayed-edges.js';

/**
 * Reads an edge's entries from its origin chain: final by the provider quorum, proven by storage, folded from logs, as a
 * watcher does. The journal is read once and kept.
 * @throws NO_PROVIDER; in use, what `OriginChain` throws.
 */
export function chainEntries(edge: RelayedEdge, endpoints: readonly ProviderEndpoint[], clock: Clock): EntryBytes {
  let held: Promise<Uint8Array> | undefined;
  const read = async (signal?: AbortSignal): Promise<Uint8Array> => {
    const chain = await openFinalChain(edge.origin, endpoints, clock);
    const frame = await readWholeJournal(chain, edge, await chain.readFinalTip(signal), signal);
    return frame.entries.packed;
  };
  return {
    async readEntries(_edge, from, to, signal) {
      held ??= read(signal);
      let packed = await held;
      if (BigInt(packed.length / ENTRY_BYTES) < to) {
        held = read(signal);
        packed = await held;
      }
      return packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
    },
  };
}

/** What of a chain's reader walks a journal. */
export type WholeReader = Pick<OriginChain, 'readFrame' | 'readWaypoints' | 'readPortion'>;

/** Failures that say that a way is too long for one frame. */
const TOO_LONG: ReadonlySet<string> = new Set(['LOG_LIMIT', 'CALL_LIMIT']);

/**
 * Verifies a journal at a final block, with all its entries from the first one on: in one frame if the chain's bounds allow it, else
 * in portions, as a watcher walks there. @throws as `OriginChain.readFrame`.
 */
export async function readWholeJournal(
  chain: WholeReader,
  { journal, origin }: Pick<RelayedEdge, 'journal' | 'origin'>,
  block: FinalBlock,
  signal?: AbortSignal,
): Promise<VerifiedFrame> {
  const after = { count: 0n, head: journal.edgeId };
  const afterBlock = journal.fromBlock === 0n ? blockHeight(0n) : blockHeight(journal.fromBlock - 1n);
  const whole = { journal, block, after, afterBlock };
  try {
    return await chain.readFrame(whole, signal);
  } catch (error) {
    if (!(error instanceof AppError) || !TOO_LONG.has(error.code)) throw error;
    return readInPortions(chain, whole, { stride: BigInt(origin.frameLength), signal });
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
