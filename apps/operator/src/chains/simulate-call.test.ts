import type { Network, ProviderEndpoint } from '@surety/config';
import { suretyTimelockAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeErrorResult } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { serveMethods } from '../testing/serve-landing.js';
import { simulateCall } from './simulate-call.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const at = address(`0x${'77'.repeat(20)}`);
const chain = {
  chainId: 901,
  name: 'alpha',
  blockTimeMs: 1_000,
  providers: [],
} as unknown as Network['chains'][number];
const frozen = encodeErrorResult({ abi: suretyTimelockAbi, errorName: 'ProposerFrozen', args: [at, 1_900_000_000n] });
const [TAKES, REFUSES] = ['0x', { reverted: frozen }];

/** Simulates a call at providers that give these answers to it. */
async function simulated(...answers: readonly unknown[]): Promise<string | undefined> {
  const urls = await Promise.all(
    answers.map((answer) =>
      serveMethods((method) => {
        if (method === 'eth_chainId') return '0x385';
        return method === 'eth_call' ? answer : '0x64';
      }, closing),
    ),
  );
  const endpoints = urls.map((url, place) => ({ name: `p${place}`, operator: 'p', url: { reveal: () => url } }));
  const place = { chain, endpoints: endpoints as unknown as ProviderEndpoint[], clock: systemClock };
  return simulateCall(place, { to: at, data: '0x12345678' });
}

describe('a simulated call', () => {
  it('is refused where three of four providers refuse it and the first one takes it', async () => {
    expect(await simulated(TAKES, REFUSES, REFUSES, REFUSES)).toContain('ProposerFrozen');
  });

  it('is taken where three of four providers take it and the first one refuses it', async () => {
    expect(await simulated(REFUSES, TAKES, TAKES, TAKES)).toBeUndefined();
  });

  it('is neither where two thirds agree on nothing', async () => {
    await expect(simulated(TAKES, TAKES, REFUSES, REFUSES)).rejects.toThrow('providers of alpha disagree');
  });

  it('is told with its reason by a single provider', async () => {
    expect(await simulated(REFUSES)).toContain('ProposerFrozen');
    expect(await simulated(TAKES)).toBeUndefined();
  });

  it.each([1, 3])('is refused by %i providers whose limit of gas it exceeds', async (count) => {
    const outOfGas = { failed: { code: -32_000, message: 'gas required exceeds allowance (50000000)' } };
    expect(await simulated(...Array.from({ length: count }, () => outOfGas))).toMatch(/takes more than \d+ gas/);
  });
});
