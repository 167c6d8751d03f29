import { type Bytes32, type Rewound, ZERO_WORD, bytes32 } from '@surety/domain';

/**
 * Converts the contract's `rewindOf` into the rewind that led to the replica's current edge name; null while a rewind
 * is in progress.
 */
export function rewoundOf(read: {
  readonly generation: number;
  readonly next: string;
  readonly head: string;
}): Rewound | null {
  const { generation, next, head } = read;
  if (bytes32(next) !== ZERO_WORD) return null;
  const previousHead: Bytes32 = generation === 0 ? ZERO_WORD : bytes32(head);
  return { generation, previousHead };
}
