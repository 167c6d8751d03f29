import { type Bytes32, type Rewound, ZERO_WORD, bytes32 } from '@surety/domain';

/** Gives how a replica came to its name, by its contract's `rewindOf`; null while it is being rewound. */
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
