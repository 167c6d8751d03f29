import { blockHash, bytes32 } from '@surety/domain';
import type { ExitState } from '../exit/exit-vault.js';

const HEAD = bytes32(`0x${'11'.repeat(32)}`);

/** An exit whose vault has heard nothing since second 1,000, at second 4,000,000. */
export function exitStateOf(changes: Partial<ExitState>): ExitState {
  return {
    announcedAt: 0n,
    openableAt: 0n,
    provenAt: 0n,
    openedAt: 0n,
    anchor: blockHash(`0x${'22'.repeat(32)}`),
    count: 0n,
    claims: 0n,
    asOf: 1_000n,
    replica: { count: 3n, head: HEAD },
    journal: { count: 5n, head: HEAD },
    nowS: 4_000_000n,
    ...changes,
  };
}
