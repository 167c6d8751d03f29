import { chainId } from '@surety/domain';
import { expect, it } from 'vitest';
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
