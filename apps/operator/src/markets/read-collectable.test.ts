import { marketAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { expect, it } from 'vitest';
import { readCollectable } from './read-collectable.js';

const market = { address: address(`0x${'a1'.repeat(20)}`), abi: marketAbi } as const;
const holder = address(`0x${'b2'.repeat(20)}`);

/** A market of so many losses, of which every fortieth brought as many units as its number. */
function readerOf(count: bigint, blocks: Set<bigint>): PublicClient {
  const readContract = ({
    functionName,
    args,
    blockNumber,
  }: {
    functionName: string;
    args?: readonly [string, bigint];
    blockNumber: bigint;
  }): Promise<bigint> => {
    blocks.add(blockNumber);
    const loss = args?.[1] ?? 0n;
    return Promise.resolve(functionName === 'lossCount' ? count : loss % 40n === 0n ? loss : 0n);
  };
  return { readContract } as unknown as PublicClient;
}

it('lists what a holder may collect of any number of losses, at one block', async () => {
  const blocks = new Set<bigint>();
  const found = await readCollectable({ reader: readerOf(125n, blocks), market }, holder, 7n);
  expect(found).toEqual([
    { loss: 40n, units: 40n },
    { loss: 80n, units: 80n },
    { loss: 120n, units: 120n },
  ]);
  expect([...blocks]).toEqual([7n]);
});

it('lists nothing where nothing was lost', async () => {
  expect(await readCollectable({ reader: readerOf(0n, new Set()), market }, holder, 7n)).toEqual([]);
});
