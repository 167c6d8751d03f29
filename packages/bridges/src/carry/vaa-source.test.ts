import { encodeAbiParameters } from 'viem';
import { expect, test } from 'vitest';
import { createVaaSource } from './vaa-source.js';
import type { BridgeReads } from '../bridge-reads.js';

const CORE = `0x${'c0'.repeat(20)}`;
const EMITTER = `0x${'AB'.repeat(20)}`;

function world(next: bigint, documents: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const reads: BridgeReads = {
    call: async () => ({ kind: 'answer', bytes: encodeAbiParameters([{ type: 'uint64' }], [next]) }),
  };
  const source = createVaaSource({
    reads,
    core: CORE,
    emitter: EMITTER,
    chain: 7,
    fetchDocument: async (path) => {
      asked.push(path);
      return documents[path];
    },
  });
  return { source, asked };
}

const path = (sequence: number): string => `/v1/signed_vaa/7/${'0'.repeat(24)}${'ab'.repeat(20)}/${sequence}`;

test('gives the newest message, and not again once it is forgotten', async () => {
  const { source, asked } = world(3n, { [path(2)]: { vaaBytes: 'AQID' } });
  expect(await source.readNewest()).toEqual({ sequence: 2n, bytes: Uint8Array.of(1, 2, 3) });
  source.forget(2n);
  source.forget(1n);
  expect(await source.readNewest()).toBeUndefined();
  expect(asked).toEqual([path(2)]);
});

test('asks nobody before anything was published', async () => {
  const { source, asked } = world(0n, {});
  expect(await source.readNewest()).toBeUndefined();
  expect(asked).toEqual([]);
});

test.each([
  ['not signed yet', undefined],
  ['no object', 'AQID'],
  ['no bytes', { vaaBytes: 5 }],
  ['no base64', { vaaBytes: '../../etc' }],
])('an answer that is %s is no message', async (_name, document) => {
  const { source } = world(1n, { [path(0)]: document });
  expect(await source.readNewest()).toBeUndefined();
});
