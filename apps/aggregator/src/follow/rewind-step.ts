import { bytes32 } from '@surety/domain';
import type { RewindFact } from '@surety/workflows';

/** A step of a rewind in either contract's logs. */
export type RewindEvent =
  | {
      readonly eventName: 'Rewinding';
      readonly args: { readonly edge: string; readonly next: string; readonly count: bigint; readonly head: string };
    }
  | { readonly eventName: 'Unwound'; readonly args: { readonly count: bigint } }
  | {
      readonly eventName: 'EdgeOpened';
      readonly args: { readonly edge: string; readonly previous: string; readonly generation: number };
    };

/** Reads a step of a rewind. */
export function rewindStepOf(event: RewindEvent): RewindFact {
  switch (event.eventName) {
    case 'Rewinding': {
      const { edge, next, count, head } = event.args;
      return { kind: 'rewinding', edge: bytes32(edge), next: bytes32(next), count, head: bytes32(head) };
    }
    case 'Unwound':
      return { kind: 'unwound', count: event.args.count };
    case 'EdgeOpened': {
      const { edge, previous, generation } = event.args;
      return { kind: 'edge-opened', edge: bytes32(edge), previous: bytes32(previous), generation };
    }
  }
}
