import type { Bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import {
  type ExecutedCall,
  MOVED,
  type MoveWorld,
  addressOfNext,
  closingOf,
  moveWorld,
  setLimitsCall,
  waitingId,
} from '../testing/vault-move-world.js';

const { oldVault } = MOVED;
const setting = (
  cap: bigint,
  limit: bigint,
  blocks: Pick<ExecutedCall, 'scheduledIn' | 'executedIn'>,
): ExecutedCall => ({
  ...setLimitsCall(1, cap, limit),
  ...blocks,
});
/** A world whose old vault is closed and holds these limits; the newest of its blocks is 10. */
const closedBy = async (limit: bigint, executed: readonly ExecutedCall[]): Promise<MoveWorld> =>
  moveWorld({ cap: 0n, limit, executed, successor: await addressOfNext() });
const lowered = setting(5n, 100n, { scheduledIn: 3n, executedIn: 5n });
const stale = setting(0n, 1_000n, { scheduledIn: 2n, executedIn: 8n });
const told = (id: Bytes32): string =>
  `operation ${id} closed the old vault for asset 1 of ${oldVault} and wrote minimum 1 and limit 1000 over 1 and 100, which were set after it was scheduled: governor → surety vault set-limits --chain alpha --asset 1 --minimum 0.000001 --limit 0.1 --schedule, or --minimum 0.000001 --limit 1 if these are meant; then run again`;

describe('a closing of an earlier run that somebody executed after other limits were set', () => {
  it('is no closing of this run: it wrote the old limit back', async () => {
    const closing = await closingOf(await closedBy(1_000n, [lowered, stale]));
    await expect(closing.isDone()).rejects.toThrowError(told(waitingId(stale)));
  });

  it('is none either where the vault was closed already', async () => {
    const own = setting(0n, 100n, { scheduledIn: 6n, executedIn: 7n });
    const closing = await closingOf(await closedBy(1_000n, [lowered, own, stale]));
    await expect(closing.isDone()).rejects.toThrowError(told(waitingId(stale)));
  });

  it('is none either where its transaction executed other operations, too', async () => {
    const alongside = setting(5n, 100n, { scheduledIn: 3n, executedIn: 8n });
    const other = { ...setLimitsCall(2, 5n, 7n), scheduledIn: 6n, executedIn: 8n };
    for (const executed of [
      [alongside, stale],
      [lowered, stale, other],
    ]) {
      const closing = await closingOf(await closedBy(1_000n, executed));
      await expect(closing.isDone()).rejects.toThrowError(told(waitingId(stale)));
    }
  });

  it('is over once limits are set that nobody changed since they were scheduled', async () => {
    for (const limit of [100n, 1_000n]) {
      const mending = setting(0n, limit, { scheduledIn: 9n, executedIn: 10n });
      const closing = await closingOf(await closedBy(limit, [lowered, stale, mending]));
      expect(await closing.isDone()).toBe(true);
    }
  });
});

describe('a closing that changes limits nobody set meanwhile', () => {
  it('is done where another cap alone was set meanwhile', async () => {
    const raised = setting(9n, 1_000n, { scheduledIn: 3n, executedIn: 5n });
    expect(await (await closingOf(await closedBy(1_000n, [raised, stale]))).isDone()).toBe(true);
  });

  it('is done where it was scheduled after the other limits were set: it was meant so', async () => {
    const meant = setting(0n, 1_000n, { scheduledIn: 6n, executedIn: 8n });
    expect(await (await closingOf(await closedBy(1_000n, [lowered, meant]))).isDone()).toBe(true);
  });

  it('is done where no log of the last weeks shows it', async () => {
    expect(await (await closingOf(await closedBy(1_000n, []))).isDone()).toBe(true);
  });
});
