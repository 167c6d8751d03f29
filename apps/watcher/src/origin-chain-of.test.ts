import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WatcherConfig } from '@surety/config';
import { developmentChain } from '@surety/config/testing';
import { keccak256 } from '@surety/contracts';
import { systemClock } from '@surety/process';
import { type ServedProvider, serveFinalBlocks } from '@surety/rpc/testing';
import { afterEach, expect, it } from 'vitest';
import { type ConfiguredChain, originChainOf } from './origin-chain-of.js';

const HEIGHT = 2_000n;
const served: ServedProvider[] = [];
let folder = '';

afterEach(async () => {
  await Promise.all(served.splice(0).map((provider) => provider.close()));
  rmSync(folder, { recursive: true });
});

/** Opens a chain with four providers that show these final heights, and resolves to the height that it reads or its error's code. */
async function finalTipOf(stepBlocks: number, heights: readonly bigint[]): Promise<unknown> {
  folder = mkdtempSync(join(tmpdir(), 'surety-step-'));
  for (const final of heights) served.push(await serveFinalBlocks({ chainId: 900, final }, keccak256));
  const endpoints = served.map(({ url }, at) => ({ name: `p${at}`, operator: `o${at}`, url: { reveal: () => url } }));
  const config = { endpoints: new Map([[900, endpoints]]), stateDir: folder } as unknown as WatcherConfig;
  const finality = { rule: 'finalized', stepBlocks };
  const chain = { ...developmentChain(900, 's'), finality } as unknown as ConfiguredChain;
  const tools = { clock: systemClock, observer: { observe: () => undefined } };
  const reader = await originChainOf(config, chain, tools);
  return reader.readFinalTip().then(
    ({ height }) => height,
    (error: { code: string }) => error.code,
  );
}

it('reads the final height that a quorum holds while two providers are a finality step ahead', async () => {
  expect(await finalTipOf(192, [HEIGHT + 192n, HEIGHT + 192n, HEIGHT, HEIGHT])).toBe(HEIGHT);
});

it('has no quorum where two providers are three steps ahead', async () => {
  expect(await finalTipOf(192, [HEIGHT + 576n, HEIGHT + 576n, HEIGHT, HEIGHT])).toBe('NO_QUORUM');
});

it('keeps the lag of a chain whose finality moves by single blocks', async () => {
  expect(await finalTipOf(1, [HEIGHT + 64n, HEIGHT + 64n, HEIGHT, HEIGHT])).toBe(HEIGHT);
});
