import { encodeAbiParameters } from 'viem';
import { expect, test } from 'vitest';
import { createVaaSource } from './vaa-source.js';
import type { BridgeReads } from '../bridge-reads.js';

const CORE = `0x${'c0'.repeat(20)}`;
const EMITTER = `0x${'AB'.repeat(20)}`;
const SIGNED = { vaaBytes: 'AQID' };
const BYTES = Uint8Array.of(1, 2, 3);

function world(next: bigint, documentOf: (sequence: bigint) => unknown) {
  const chain = { next, elapsedMs: 0 };
  const asked: bigint[] = [];
  const reads: BridgeReads = {
    call: async () => ({ kind: 'answer', bytes: encodeAbiParameters([{ type: 'uint64' }], [chain.next]) }),
  };
  const source = createVaaSource({
    reads,
    core: CORE,
    emitter: EMITTER,
    chain: 7,
    clock: { elapsedMs: () => chain.elapsedMs },
    fetchDocument: async (path) => {
      const [, text = ''] = path.split(`/v1/signed_vaa/7/${'0'.repeat(24)}${'ab'.repeat(20)}/`);
      const sequence = BigInt(text);
      asked.push(sequence);
      return documentOf(sequence);
    },
  });
  return { chain, source, asked, newest: async () => (await source.readNewest())?.sequence };
}

test('returns the newest message, and not again once it is settled', async () => {
  const { source, asked } = world(3n, () => SIGNED);
  expect(await source.readNewest()).toEqual({ sequence: 2n, bytes: BYTES });
  source.settle(2n);
  source.settle(1n);
  expect(await source.readNewest()).toBeUndefined();
  expect(asked).toEqual([2n]);
});

test('sends no request before anything was published', async () => {
  const { source, asked } = world(0n, () => undefined);
  expect(await source.readNewest()).toBeUndefined();
  expect(asked).toEqual([]);
});

test.each([
  ['not signed yet', undefined],
  ['no object', 'AQID'],
  ['no bytes', { vaaBytes: 5 }],
  ['no base64', { vaaBytes: '../../etc' }],
])('a response that is %s counts as no message', async (_name, document) => {
  const { source } = world(1n, () => document);
  expect(await source.readNewest()).toBeUndefined();
});

test('behind unsigned messages, finds the newest signed one wherever it is, with few requests', async () => {
  for (const signed of [0n, 1n, 2n, 63n, 64n, 700n, 998n, 999n]) {
    const { newest, asked } = world(1_000n, (sequence) => (sequence <= signed ? SIGNED : undefined));
    expect(await newest()).toBe(signed);
    expect(asked.length).toBeLessThanOrEqual(22);
  }
});

test('searches no settled messages', async () => {
  const { newest, source, asked } = world(1_000n, (sequence) => (sequence <= 990n ? SIGNED : undefined));
  source.settle(990n);
  expect(await newest()).toBeUndefined();
  expect(asked.every((sequence) => sequence > 990n)).toBe(true);
});

// A stranger publishes thousands that are not signed before their block is final: a limit here would hide every signed one.
test.each([5_000n, 0n, 298_300n])(
  'finds message %s however many unsigned ones are behind the newest',
  async (signed) => {
    const { newest, asked } = world(302_500n, (sequence) => (sequence <= signed ? SIGNED : undefined));
    expect(await newest()).toBe(signed);
    expect(asked.length).toBeLessThanOrEqual(38);
  },
);

test('sends few requests even if a provider invents the newest sequence', async () => {
  const { newest, asked } = world((1n << 64n) - 1n, (sequence) => (sequence <= 700n ? SIGNED : undefined));
  expect(await newest()).toBe(700n);
  expect(asked.length).toBeLessThanOrEqual(128);
});

test('a refused message is returned again after pauses that grow to an hour', async () => {
  const { chain, source, newest } = world(3n, () => SIGNED);
  const rests: number[] = [];
  for (let refusals = 0; refusals < 9; refusals++) {
    expect(await newest()).toBe(2n);
    source.refuse(2n);
    const since = chain.elapsedMs;
    while ((await newest()) === undefined) chain.elapsedMs += 30_000;
    rests.push((chain.elapsedMs - since) / 60_000);
  }
  expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('a younger message is returned while a refused one pauses', async () => {
  const { chain, source, newest, asked } = world(3n, () => SIGNED);
  source.refuse(2n);
  expect(await newest()).toBeUndefined();
  expect(asked).toEqual([]);
  chain.next = 5n;
  expect(await newest()).toBe(4n);
});
