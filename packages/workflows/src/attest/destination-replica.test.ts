import { type Bytes32, address, blockHash } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { FinalBlock } from '../ports/origin-chain.js';
import { DestinationReplica } from './destination-replica.js';

const FIRST = `0x${'e1'.repeat(32)}` as Bytes32;
const SECOND = `0x${'e2'.repeat(32)}` as Bytes32;
const replica = address(`0x${'22'.repeat(20)}`);
const blockAt = (digits: string): FinalBlock => ({ hash: blockHash(`0x${digits.repeat(32)}`) }) as FinalBlock;
const { signal } = new AbortController();

describe('a replica of a destination', () => {
  it('is read once for each final block, and again after an unreadable one', async () => {
    let block = blockAt('01');
    let [name, failure, reads]: [Bytes32, Error | undefined, number] = [FIRST, undefined, 0];
    const reading = new DestinationReplica({
      reader: {
        readReplica: async (request) => {
          reads++;
          expect(request).toEqual({ replica, edge: FIRST, block });
          if (failure !== undefined) throw failure;
          return { name, count: 7n, generation: 0, isRewinding: false };
        },
      },
      readFinalTip: async () => block,
      replica,
      edge: FIRST,
    });
    expect(await reading.read(signal)).toEqual({ name: FIRST, count: 7n, generation: 0, isRewinding: false, block });
    name = SECOND;
    expect(await reading.read(signal)).toMatchObject({ name: FIRST });
    expect(reads).toBe(1);
    block = blockAt('02');
    failure = new Error('away');
    await expect(reading.read(signal)).rejects.toThrow('away');
    failure = undefined;
    expect(await reading.read(signal)).toEqual({ name: SECOND, count: 7n, generation: 0, isRewinding: false, block });
    expect(reads).toBe(3);
  });
});
