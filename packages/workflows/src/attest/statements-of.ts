import {
  type Bytes32,
  type JournalHead,
  type JournalPosition,
  type Keccak256,
  cutsBetween,
  foldHeads,
} from '@surety/domain';
import type { VerifiedStatement } from '../ports/attester.js';
import type { Epoch } from '../ports/epochs.js';
import type { VerifiedFrame } from '../ports/origin-chain.js';
import { epochAt, isBeforeFirstEpoch } from './epoch-at.js';
import { attestError } from './errors.js';
import { markVerified } from './verified-statement.js';

/** Input of {@link statementsOf}. */
export interface StatementsRequest {
  readonly frame: VerifiedFrame;
  /** Name that statements about the journal carry now. */
  readonly name: Bytes32;
  /** The position at the previous frame: between `frame.after` and `frame.position`. */
  readonly previous: JournalPosition;
  /** True if this frame is a heartbeat: ⌊t/600 s⌋ has grown since the previous frame. */
  readonly heartbeat: boolean;
  /** Cuts at or below `previous` to restate under this block; empty unless the protocol requires it. */
  readonly restated: readonly JournalPosition[];
  readonly epochs: readonly Epoch[];
  readonly keccak256: Keccak256;
}

/** The statements to sign at a frame. */
export interface FrameStatements {
  /** In order: restated cuts and passed cuts by count, then the frame's own head; empty if the frame is not to be signed. */
  readonly statements: readonly VerifiedStatement[];
  /** Positions of the cuts passed since the previous frame, whether or not they are signed. */
  readonly cuts: readonly JournalPosition[];
}

/**
 * Returns what an attester signs at a verified frame: restated cuts, then cuts passed since the previous frame, then the frame's
 * own head if the journal grew or the frame is a heartbeat. Nothing before the first epoch. Pure: one frame gives the same bytes
 * everywhere.
 * @throws FRAME_BROKEN if the entries do not lead from `previous` to the proven position; NO_EPOCH.
 * @source PROTOCOL section 5
 */
export function statementsOf(request: StatementsRequest): FrameStatements {
  const { frame, name, previous, heartbeat, restated, epochs, keccak256 } = request;
  const headAt = replay(frame, previous, keccak256);
  const passed = cutsBetween(previous.count, frame.position.count);
  const cuts = passed.map((count) => ({ count, head: headAt(count) }));
  const grew = frame.position.count > previous.count;
  if ((!grew && !heartbeat) || isBeforeFirstEpoch(epochs, frame.block.timestamp)) return { statements: [], cuts };
  const stray = restated.find((cut) => cut.count > previous.count);
  if (stray !== undefined) {
    throw attestError(
      'FRAME_BROKEN',
      `cut ${stray.count} is to be stated again, past count ${previous.count} of the frame before`,
    );
  }
  const epoch = epochAt(epochs, frame.block.timestamp);
  const stated = [...restated, ...cuts.filter((cut) => cut.count < frame.position.count), frame.position];
  const statements = withoutRepeats(stated).map((position) =>
    markVerified(frame.block.chainId, { edge: name, epoch, ...statedAt(frame, position) }),
  );
  return { statements, cuts };
}

function statedAt(frame: VerifiedFrame, position: JournalPosition): Omit<JournalHead, 'edge' | 'epoch'> {
  return {
    count: position.count,
    tip: frame.position.count,
    head: position.head,
    blockNumber: frame.block.height,
    blockHash: frame.block.hash,
    asOf: frame.block.timestamp,
  };
}

/** Omits a cut at the frame's own count, which its own head covers. */
function withoutRepeats(positions: readonly JournalPosition[]): JournalPosition[] {
  return [...new Map(positions.map((position) => [position.count, position])).values()];
}

/** Checks that the entries lead from `after` over `previous` to the proven position, and returns the head at a count. */
function replay(frame: VerifiedFrame, previous: JournalPosition, keccak256: Keccak256): (count: bigint) => Bytes32 {
  const heads = foldHeads(frame.after, frame.entries.packed, keccak256);
  const headAt = (count: bigint): Bytes32 => {
    const head = count === frame.after.count ? frame.after.head : heads[Number(count - frame.after.count) - 1];
    if (head === undefined) throw broken(frame, `no entry leads to count ${count}`);
    return head;
  };
  if (frame.after.count + BigInt(heads.length) !== frame.position.count) {
    throw broken(
      frame,
      `${heads.length} entries lead from count ${frame.after.count}, proven is ${frame.position.count}`,
    );
  }
  for (const position of [previous, frame.position]) {
    if (headAt(position.count) !== position.head) {
      throw broken(
        frame,
        `the head at count ${position.count} replays to ${headAt(position.count)}, verified is ${position.head}`,
      );
    }
  }
  return headAt;
}

function broken(frame: VerifiedFrame, seen: string): Error {
  const { edgeId } = frame.journal;
  return attestError(
    'FRAME_BROKEN',
    `frame ${frame.block.height} of edge ${edgeId} does not fold: ${seen}; nothing is signed`,
    {
      edge: edgeId,
      height: frame.block.height,
    },
  );
}
