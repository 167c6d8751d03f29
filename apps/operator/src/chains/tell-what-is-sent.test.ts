import { AppError, address } from '@surety/domain';
import type { BroadcastOutcome, Rpc } from '@surety/transactions';
import type { LandOutcome, TransactionSender } from '@surety/workflows';
import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { tellWhatIsSent } from './tell-what-is-sent.js';
import { LANDED } from '../testing/landed.js';

const SENDER = address(`0x${'5e'.repeat(20)}`);
const CALL = { purpose: 'lock', to: SENDER, calldata: '0x', gasCeiling: 1n } as const;
const sentAs = (raw: `0x${string}`): string => `sent as ${keccak256(raw)}, waiting for its block …`;

/** Lands one call by a stand-in for the sender, against providers that say this to each transaction; gives what was told. */
async function landBy(
  land: (rpc: Rpc, signal: AbortSignal | undefined) => Promise<LandOutcome>,
  { says = { kind: 'accepted' }, interruption }: { says?: BroadcastOutcome; interruption?: AbortController } = {},
): Promise<{ told: string[]; end: unknown }> {
  const told: string[] = [];
  const rpc: Rpc = {
    chainId: 901,
    rotate: () => undefined,
    call: () => Promise.resolve(null),
    broadcast: () => Promise.resolve(says),
  };
  const create = (telling: Rpc): TransactionSender => ({
    address: SENDER,
    land: (_call, signal) => land(telling, signal),
  });
  const waiting = {
    environment: {},
    tell: (line: string) => void told.push(line),
    ...(interruption === undefined
      ? {}
      : { untilInterrupted: <Result>(act: (signal: AbortSignal) => Promise<Result>) => act(interruption.signal) }),
  };
  const end = await tellWhatIsSent(rpc, waiting, create)
    .land(CALL)
    .catch((cause: unknown) => cause);
  return { told, end };
}

describe('a sender at a terminal', () => {
  it('names each transaction once, and the dearer one that replaces it', async () => {
    const { told, end } = await landBy(async (rpc) => {
      for (const raw of ['0x01', '0x01', '0x02']) await rpc.broadcast(raw);
      return LANDED;
    });
    expect([end, told]).toEqual([LANDED, [sentAs('0x01'), sentAs('0x02')]]);
  });

  it('says of one that no provider took for certain that it may not be on its way', async () => {
    const says = { kind: 'unknown', detail: '2 of 2 providers did not answer' } as const;
    const { told } = await landBy((rpc) => rpc.broadcast('0x01').then(() => LANDED), { says });
    expect(told).toEqual([`${sentAs('0x01')}; 2 of 2 providers did not answer, so it may not be on its way`]);
  });

  it('names none that every provider refused', async () => {
    const says = { kind: 'refused', detail: 'nonce too low' } as const;
    const { told } = await landBy((rpc) => rpc.broadcast('0x01').then(() => LANDED), { says });
    expect(told).toEqual([]);
  });

  it('says of an interruption what may still land, or that nothing was sent', async () => {
    const stopping = (raw: `0x${string}` | undefined, failure: Error) => {
      const interruption = new AbortController();
      const land = async (rpc: Rpc): Promise<LandOutcome> => {
        if (raw !== undefined) await rpc.broadcast(raw);
        interruption.abort();
        throw failure;
      };
      return landBy(land, { interruption }).then(({ end }) => end);
    };
    const unknown = new AppError({ code: 'OUTCOME_UNKNOWN', message: 'stopped while it may still land as 0x7a' });
    expect(await stopping('0x01', unknown)).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: 'interrupted: stopped while it may still land as 0x7a',
    });
    expect(await stopping(undefined, new Error('aborted'))).toMatchObject({
      code: 'DECLINED',
      message: 'interrupted before the lock was sent; nothing of it is under way',
    });
    const taken = new AppError({ code: 'NONCE_TAKEN', message: 'nonce 5 was spent by another transaction' });
    expect(await stopping('0x01', taken)).toBe(taken);
  });

  it('passes on a failure that no interruption caused', async () => {
    const refused = new Error('no');
    const { end } = await landBy(() => Promise.reject(refused), { interruption: new AbortController() });
    expect(end).toBe(refused);
  });
});
