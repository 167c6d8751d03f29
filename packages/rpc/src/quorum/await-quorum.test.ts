import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { awaitQuorum } from './await-quorum.js';

const never = (): Promise<number> => new Promise(() => undefined);
const away = (): Promise<number> => Promise.reject(new Error('away'));

/** An answer that a test gives later. */
function held(): { readonly promise: Promise<number>; readonly resolve: (value: number) => void } {
  let resolve = (_value: number): void => undefined;
  const promise = new Promise<number>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe('the wait for a quorum', () => {
  it('ends once all have answered or failed, without patience', async () => {
    const clock = new ManualClock();
    const outcomes = await awaitQuorum([Promise.resolve(1), away()], 2, { clock, afterMs: 500 });
    expect(outcomes).toMatchObject([{ value: 1 }, { status: 'rejected' }]);
    expect(clock.sleeping).toBe(0);
    expect(await awaitQuorum([], 0, { clock, afterMs: 500 })).toEqual([]);
  });

  it('has patience with the last ones from when enough have answered', async () => {
    const clock = new ManualClock();
    const [answer, last] = [held(), held()];
    const waiting = awaitQuorum([never(), Promise.resolve(1), away(), answer.promise, last.promise], 2, {
      clock,
      afterMs: 500,
    });
    await Promise.resolve();
    expect(clock.sleeping).toBe(0);
    answer.resolve(3);
    await answer.promise;
    await Promise.resolve();
    clock.advance(499);
    last.resolve(4);
    await last.promise;
    clock.advance(1);
    expect(await waiting).toMatchObject([undefined, { value: 1 }, { status: 'rejected' }, { value: 3 }, { value: 4 }]);
    expect(clock.sleeping).toBe(0);
  });
});
