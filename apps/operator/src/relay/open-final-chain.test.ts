import { type Network, Secret } from '@surety/config';
import { developmentChain } from '@surety/config/testing';
import { keccak256 } from '@surety/contracts';
import { systemClock } from '@surety/process';
import { serveFinalBlocks } from '@surety/rpc/testing';
import { expect, it } from 'vitest';
import { openFinalChain } from './open-final-chain.js';

type Chain = Network['chains'][number];

it('reads what a quorum holds as final while two providers are a finality step ahead', async () => {
  const finals = [2_192n, 2_192n, 2_000n, 2_000n];
  const served = await Promise.all(finals.map((final) => serveFinalBlocks({ chainId: 901, final }, keccak256)));
  try {
    const endpoints = served.map(({ url }, at) => ({ name: `p${at}`, operator: `o${at}`, url: new Secret(url) }));
    const finality = { rule: 'finalized', stepBlocks: 192 } as Chain['finality'];
    const chain = { ...developmentChain(901, 'a'), finality } as unknown as Chain;
    const reader = await openFinalChain(chain, endpoints, systemClock);
    expect((await reader.readFinalTip()).height).toBe(2_000n);
  } finally {
    await Promise.all(served.map((provider) => provider.close()));
  }
});
