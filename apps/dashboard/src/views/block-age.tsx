import { Tile } from '../figures.jsx';
import { formatSpan } from '../format.js';

/**
 * Seconds from which on figures are old. Where a settlement chain is final with its L1, the newest final block is up to half an hour
 * old; behind an hour the aggregator stands still, and prices and weights are those of that block.
 */
const OLD_S = 3_600;

/** Block that figures are of, by its time in seconds, and the page's time. */
interface AtBlock {
  readonly block: { readonly height: bigint; readonly timestamp: bigint };
  readonly nowMs: number;
}

/** Whether an aggregator that gives figures of this block stands still. */
export function isOldBlock(at: AtBlock): boolean {
  return ageOf(at) >= OLD_S;
}

/** Names the block of figures and its age. A reader of the screen does not hear each second. */
export function BlockTile(at: AtBlock) {
  return (
    <Tile title="At block">
      <span aria-live="off">{`${at.block.height}, ${formatSpan(ageOf(at))} ago`}</span>
    </Tile>
  );
}

/** Warns of figures of an old block, once; what changes with its age is not said again. */
export function OldFigures(props: AtBlock & { readonly meaning: string }) {
  if (!isOldBlock(props)) return null;
  return (
    <p class="banner bad">
      <strong role="alert">These are old figures.</strong>{' '}
      <span aria-live="off">{`They are of a block that is ${formatSpan(ageOf(props))} old.`}</span> {props.meaning}
    </p>
  );
}

function ageOf({ block, nowMs }: AtBlock): number {
  return nowMs / 1_000 - Number(block.timestamp);
}
