import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { untilAborted } from './until-aborted.js';

const endless = (): Promise<never> => new Promise(() => {});

it('ends with the work or with the signal, whichever is first, and keeps no listener afterwards', async () => {
  const stop = new AbortController();
  expect(await untilAborted(Promise.resolve(7), stop.signal)).toBe(7);
  expect(await untilAborted(Promise.resolve(7), undefined)).toBe(7);
  await expect(untilAborted(Promise.reject(new Error('broken')), stop.signal)).rejects.toThrow('broken');
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  const waiting = untilAborted(endless(), stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

it('waits for nothing after an abort, and hears of what fails later', async () => {
  let fail: (error: Error) => void = () => {};
  const work = new Promise<never>((_, reject) => (fail = reject));
  await expect(untilAborted(work, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  fail(new Error('too late'));
  await expect(work).rejects.toThrow('too late');
});
