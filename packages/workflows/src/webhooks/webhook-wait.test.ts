import { getEventListeners } from 'node:events';
import { AppError } from '@surety/domain';
import { expect, it, vi } from 'vitest';
import { Bell } from '../running/bell.js';
import { WebhookDelivery } from './webhook-delivery.js';

const MESSAGE = { id: 'msg_1', position: 1, lane: 'lane', writtenMs: 0, json: '{}' };

it('waits for a lane that is held back without leaving anything on a signal that outlives it, and ends with that', async () => {
  const stop = new AbortController();
  const combine = vi.spyOn(AbortSignal, 'any');
  const listening: number[] = [];
  let nowMs = 0;
  const delivery = new WebhookDelivery({
    endpoint: 'endpoint',
    host: 'hooks.example',
    bell: new Bell(),
    post: () =>
      Promise.reject(new AppError({ code: 'WEBHOOK_REFUSED', message: 'host answered 500', retryable: true })),
    clock: {
      nowMs: () => nowMs,
      elapsedMs: () => nowMs,
      sleep: async (durationMs, signal) => {
        listening.push(getEventListeners(stop.signal, 'abort').length);
        nowMs += durationMs;
        if (listening.length < 12) return;
        stop.abort(new Error('asked to stop'));
        if (signal?.aborted !== true) throw new Error('a wait goes on');
      },
    },
    observer: { observe: () => undefined },
    outbox: {
      addMessages: async () => undefined,
      openEndpoints: async () => [],
      loadWaiting: async () => ({ after: 0, waiting: 1, messages: [MESSAGE] }),
      loadBehind: async () => [],
      saveSettled: async () => undefined,
    },
  });
  await delivery.keepDelivering(stop.signal);
  expect(listening).toHaveLength(12);
  expect(Math.max(...listening)).toBe(1);
  expect([getEventListeners(stop.signal, 'abort').length, combine.mock.calls]).toEqual([0, []]);
  combine.mockRestore();
});
