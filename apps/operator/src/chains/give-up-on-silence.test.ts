import { AppError, address } from '@surety/domain';
import type { Rpc } from '@surety/transactions';
import type { LandOutcome, TransactionSender } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { giveUpOnSilence } from './give-up-on-silence.js';
import { LANDED } from '../testing/landed.js';

const SENDER = address(`0x${'5e'.repeat(20)}`);
const POLL_MS = 10_000;

/** What the providers say to one question. */
type Answer = 'found' | 'nothing' | 'refused' | 'unavailable';

/** Opens a stand-in for the sender, which asks every ten seconds as the real one does, against answers in turn. */
function openSender(answers: readonly Answer[]): () => Promise<LandOutcome> {
  let elapsedMs = 0;
  const left = [...answers];
  const rpc = {
    chainId: 901,
    rotate: () => undefined,
    broadcast: () => Promise.resolve({ kind: 'accepted' as const }),
    call: (): Promise<unknown> => {
      const answer = left.shift() ?? 'unavailable';
      if (answer === 'refused') return Promise.reject(new AppError({ code: 'RPC_REFUSED', message: 'no' }));
      if (answer === 'unavailable') return Promise.reject(new AppError({ code: 'RPC_UNAVAILABLE', message: 'silent' }));
      return Promise.resolve(answer);
    },
  };
  const clock = { nowMs: () => elapsedMs, elapsedMs: () => elapsedMs, sleep: () => Promise.resolve() };
  const create = (listening: Rpc): TransactionSender => ({
    address: SENDER,
    async land(_call, signal) {
      for (;;) {
        if (signal?.aborted === true) throw new AppError({ code: 'OUTCOME_UNKNOWN', message: 'may land as 0x7a' });
        const answer = await listening.call('eth_getTransactionReceipt', []).catch(() => 'nothing');
        if (answer === 'found') return LANDED;
        elapsedMs += POLL_MS;
      }
    },
  });
  const call = { purpose: 'note', to: SENDER, calldata: '0x', gasCeiling: 1n } as const;
  const sender = giveUpOnSilence(rpc, clock, create);
  return () => sender.land(call);
}

const landWith = (answers: readonly Answer[]): Promise<LandOutcome> => openSender(answers)();

const minutes = (answer: Answer, count: number): Answer[] => Array.from({ length: count * 6 }, () => answer);

describe('a person’s sender', () => {
  it('waits for as long as a provider answers, be it with nothing or a refusal', async () => {
    const slow: Answer[] = [...minutes('nothing', 30), ...minutes('refused', 30), 'found'];
    expect(await landWith(slow)).toBe(LANDED);
  });

  it('outlives a silence of less than a minute', async () => {
    const quiet = minutes('unavailable', 1).slice(1);
    expect(await landWith([...quiet, 'nothing', ...quiet, 'found'])).toBe(LANDED);
  });

  it('begins the next call anew after one that it gave up', async () => {
    const land = openSender([...minutes('unavailable', 1), 'unavailable', 'nothing', 'found']);
    await expect(land()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await land()).toBe(LANDED);
  });

  it('says after a minute of silence what may still land', async () => {
    await expect(landWith(['nothing'])).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: 'no provider of chain 901 has answered for 60 s: may land as 0x7a',
    });
  });
});
