import { chainId } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { rpcError } from '../errors.js';
import { DEFAULT_RPC_LIMITS } from '../limits.js';
import { RpcProvider } from '../rpc-provider.js';
import { ManualClock } from '../testing/manual-clock.js';
import { RecordingObserver, lyingProviders } from '../testing/lying-transport.js';
import { ProviderRotation } from './provider-rotation.js';

it('asks each provider once per operation while a concurrent one rotates the list', async () => {
  const context = {
    chainId: chainId(1),
    clock: new ManualClock(),
    observer: new RecordingObserver(),
    limits: DEFAULT_RPC_LIMITS,
  };
  const providers = lyingProviders(['http://127.0.0.1:1']).configs.map((config) => new RpcProvider(config, context));
  const rotation = new ProviderRotation(providers, 1);
  const operation = async (): Promise<string[]> => {
    const asked: string[] = [];
    const ask = async (provider: RpcProvider): Promise<void> => {
      asked.push(provider.name);
      await Promise.resolve();
      // One provider lies, so asking it twice would look like two liars.
      if (provider.name === 'p4') throw rpcError('BAD_LOGS', 'a lie');
      throw rpcError('TIMEOUT', 'no answer');
    };
    await expect(rotation.ask({ subject: 'a thing', exhausted: 'INCOMPLETE', ask })).rejects.toMatchObject({
      code: 'INCOMPLETE',
    });
    return asked.sort();
  };
  const all = ['p1', 'p2', 'p3', 'p4'];
  expect(await Promise.all([operation(), operation()])).toEqual([all, all]);
});

describe('with patience', () => {
  const AFTER_MS = 2_000;
  const names = ['slow', 'quick', 'third'];
  let clock: ManualClock;
  let rotation: ProviderRotation;
  let asked: string[];
  let stopped: string[];
  let answer: Map<string, (value: string | Error) => void>;

  beforeEach(() => {
    clock = new ManualClock();
    asked = [];
    stopped = [];
    answer = new Map();
    rotation = new ProviderRotation(names.map((name) => ({ name })) as unknown as RpcProvider[], 1);
  });

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  /** Asks a question that each provider answers when the test says so. */
  const ask = (signal?: AbortSignal): Promise<string> =>
    rotation.ask({
      subject: 'a proof',
      exhausted: 'UNPROVEN',
      patience: { clock, afterMs: AFTER_MS },
      signal,
      ask: ({ name }, ended) => {
        asked.push(name);
        return new Promise((resolve, reject) => {
          ended.addEventListener('abort', () => {
            stopped.push(name);
            reject(rpcError('ABORTED', 'stopped'));
          });
          answer.set(name, (value) => (value instanceof Error ? reject(value) : resolve(value)));
        });
      },
    });

  it('asks the next one beside a silent one, takes the first answer, and asks that one first from then on', async () => {
    const first = ask();
    clock.advance(AFTER_MS - 1);
    await settle();
    expect(asked).toEqual(['slow']);
    clock.advance(1);
    await settle();
    expect(asked).toEqual(['slow', 'quick']);
    answer.get('quick')?.('proof');
    expect(await first).toBe('proof');
    await settle();
    expect([stopped.includes('slow'), clock.sleeping]).toEqual([true, 0]);
    const second = ask();
    answer.get('quick')?.('again');
    expect([await second, asked]).toEqual(['again', ['slow', 'quick', 'quick']]);
  });

  it('stays with one that answers in time', async () => {
    const first = ask();
    clock.advance(AFTER_MS - 1);
    answer.get('slow')?.('proof');
    expect([await first, asked, rotation.preferred().name]).toEqual(['proof', ['slow'], 'slow']);
  });

  it('still counts a lie of the one beside which another was asked', async () => {
    const first = ask();
    clock.advance(AFTER_MS);
    await settle();
    for (const name of ['slow', 'quick']) answer.get(name)?.(rpcError('BAD_PROOF', 'a lie'));
    await expect(first).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(asked).not.toContain('third');
  });

  it('stops all of them with its caller', async () => {
    const stop = new AbortController();
    const first = ask(stop.signal);
    clock.advance(AFTER_MS);
    await settle();
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(stopped).toEqual(['slow', 'quick']);
  });
});
