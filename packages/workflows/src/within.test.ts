import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { within } from './within.js';

it('ends at the time limit, with its caller, or with its work, and keeps no listener afterwards', async () => {
  const outer = new AbortController();
  const untilEnded = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  await expect(within(1, outer.signal, untilEnded)).rejects.toMatchObject({ name: 'TimeoutError' });
  let inner: AbortSignal | undefined;
  expect(
    await within(60_000, outer.signal, async (signal) => {
      inner = signal;
      expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
      return 7;
    }),
  ).toBe(7);
  expect(inner?.aborted).toBe(true);
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0);
  const running = within(60_000, outer.signal, untilEnded);
  outer.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  await expect(within(60_000, outer.signal, async () => 7)).rejects.toThrow('stopped');
});
