import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { askInTurn } from './ask-in-turn.js';
import type { RpcProvider } from './rpc-provider.js';

const REQUEST = { method: 'eth_blockNumber', params: [] };
type Asked = Parameters<RpcProvider['call']>[0];

/** A provider that answers a call as told. */
const provider = (call: (asked: Asked) => Promise<unknown>): RpcProvider => ({ name: 'one', call }) as never;

describe('a turn with a signal that outlives it', () => {
  it('leaves nothing on that signal, and does not combine it with others', async () => {
    const { signal } = new AbortController();
    const combine = vi.spyOn(AbortSignal, 'any');
    const during: number[] = [];
    const answering = provider(async ({ parse }) => {
      during.push(getEventListeners(signal, 'abort').length);
      return parse('0x1');
    });
    const failing = provider(() => Promise.reject(new Error('away')));
    await askInTurn([failing, answering], 0, { ...REQUEST, signal });
    await askInTurn([failing], 0, { ...REQUEST, signal });
    expect([during, getEventListeners(signal, 'abort').length, combine.mock.calls]).toEqual([[1], 0, []]);
    combine.mockRestore();
  });

  it('ends what is under way with its reason, and at once where it has aborted before', async () => {
    const hanging = provider(
      ({ signal }) =>
        new Promise((_, reject) => {
          if (signal?.aborted === true) reject(signal.reason as Error);
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    const stop = new AbortController();
    const turn = askInTurn([hanging, hanging], 0, { ...REQUEST, signal: stop.signal });
    stop.abort(new Error('asked to stop'));
    await expect(turn).rejects.toThrow('asked to stop');
    await expect(askInTurn([hanging], 0, { ...REQUEST, signal: stop.signal })).rejects.toThrow('asked to stop');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });
});
