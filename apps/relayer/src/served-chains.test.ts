import { expect, it } from 'vitest';
import { servedChains } from './served-chains.js';

it('refuses a configuration that names no vault on another chain', () => {
  const settlement = { chainId: 900, name: 'settlement' };
  const config = { settlement, network: { chains: [settlement] }, chainIds: [900] } as never;
  expect(() => servedChains(config)).toThrowError(
    expect.objectContaining({ code: 'NOTHING_TO_RELAY', retryable: false }),
  );
});
