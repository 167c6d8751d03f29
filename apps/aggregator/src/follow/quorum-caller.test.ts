import { address } from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { describe, expect, it } from 'vitest';
import { decodeSourceWord } from './decode-words.js';
import { QuorumCaller } from './quorum-caller.js';

const call = { to: address(`0x${'11'.repeat(20)}`), input: '0x01', blockHash: `0x${'22'.repeat(32)}` } as const;

/** A provider that answers every request with the same result, or fails. */
function provider(result: unknown, asked: string[] = []): RpcTransport {
  return {
    send: async (body) => {
      asked.push(body);
      if (result instanceof Error) throw result;
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: 1, result }) };
    },
  };
}

describe('QuorumCaller', () => {
  it('refuses an answer that two of four providers give', async () => {
    const caller = new QuorumCaller(['0x01', '0x01', '0x02', '0x02'].map((result) => provider(result)));
    await expect(caller.callAgreed(call)).rejects.toMatchObject({ code: 'NO_QUORUM', retryable: true });
  });

  it('counts silent providers against the quorum', async () => {
    const caller = new QuorumCaller([
      provider('0x01'),
      provider('0x01'),
      provider(new Error('away')),
      provider(new Error('away')),
    ]);
    await expect(caller.callAgreed(call)).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });

  it('takes what three of four give, and asks each at the named block', async () => {
    const asked: string[] = [];
    const caller = new QuorumCaller([provider('0xAb', asked), provider('0xab'), provider('0x02'), provider('0xab')]);
    expect(await caller.callAgreed(call)).toBe('0xab');
    expect(asked[0]).toContain(`{"blockHash":"${call.blockHash}"}`);
  });

  it('asks the next provider when one fails or answers no hex, and gives up after the last', async () => {
    expect(await new QuorumCaller([provider(new Error('away')), provider(7), provider('0x05')]).callOne(call)).toBe(
      '0x05',
    );
    await expect(new QuorumCaller([provider(new Error('away'))]).callOne(call)).rejects.toMatchObject({
      code: 'NO_QUORUM',
    });
  });

  it('reads the newest block of a provider that has one', async () => {
    const caller = new QuorumCaller([provider({}), provider({ number: '0x10', hash: '0xAA' })]);
    expect(await caller.readNewestBlock()).toEqual({ height: 16n, hash: '0xaa' });
  });
});

describe('decodeSourceWord', () => {
  it('refuses a state that does not exist', () => {
    expect(() => decodeSourceWord(9n << 40n)).toThrowError(expect.objectContaining({ code: 'BAD_WORD' }));
  });

  it('reads each field from its place', () => {
    const word =
      100n |
      (3n << 40n) |
      (200n << 48n) |
      (9_000n << 88n) |
      (9_500n << 104n) |
      (300n << 152n) |
      (90n << 192n) |
      (360n << 208n) |
      (4_320n << 224n) |
      (8_000n << 240n);
    expect(decodeSourceWord(word)).toEqual({
      asOf: 100n,
      state: 'QUARANTINED',
      stateUntil: 200n,
      weightInitialBps: 9_000,
      weightMaintenanceBps: 9_500,
      staleAfterMinutes: 90,
      darkAfterMinutes: 360,
      floorAfterMinutes: 4_320,
      frozenMaintenanceBps: 8_000,
      thawedAt: 300n,
    });
  });
});
