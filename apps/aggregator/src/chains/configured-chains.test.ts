import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregatorConfig } from '@surety/config';
import { developmentChain } from '@surety/config/testing';
import { keccak256 } from '@surety/contracts';
import { systemClock } from '@surety/process';
import { serveFinalBlocks } from '@surety/rpc/testing';
import { expect, it } from 'vitest';
import { openChains } from './configured-chains.js';

it('reads what a quorum holds as final while two providers are a finality step ahead', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'surety-chains-'));
  const finals = [2_192n, 2_192n, 2_000n, 2_000n];
  const served = await Promise.all(finals.map((final) => serveFinalBlocks({ chainId: 901, final }, keccak256)));
  try {
    const endpoints = served.map(({ url }, at) => ({ name: `p${at}`, operator: `o${at}`, url: { reveal: () => url } }));
    const chain = { ...developmentChain(901, 'a'), finality: { rule: 'finalized', stepBlocks: 192 } };
    const config = { stateDir, endpoints: new Map([[901, endpoints]]), network: { chains: [chain] } };
    const observer = { observe: () => undefined };
    const readers = await openChains(config as unknown as AggregatorConfig, { clock: systemClock, observer });
    expect((await readers.get(901)?.readFinalTip())?.height).toBe(2_000n);
  } finally {
    await Promise.all(served.map((provider) => provider.close()));
    rmSync(stateDir, { recursive: true });
  }
});
