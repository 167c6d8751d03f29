import { bytes32 } from '@surety/domain';
import type { RewindFact } from '@surety/workflows';

/** Decoders of the steps of a rewind, which either contract's logs tell alike. */
export const REWIND_FACTS = {
  Rewinding: (args: {
    readonly edge: string;
    readonly next: string;
    readonly count: bigint;
    readonly head: string;
  }) => ({
    kind: 'rewinding',
    edge: bytes32(args.edge),
    next: bytes32(args.next),
    count: args.count,
    head: bytes32(args.head),
  }),
  Unwound: ({ count }: { readonly count: bigint }) => ({ kind: 'unwound', count }),
  EdgeOpened: (args: { readonly edge: string; readonly previous: string; readonly generation: number }) => ({
    kind: 'edge-opened',
    edge: bytes32(args.edge),
    previous: bytes32(args.previous),
    generation: args.generation,
  }),
} satisfies Record<string, (args: never) => RewindFact>;
