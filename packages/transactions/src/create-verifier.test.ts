import { attesterSetAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { createVerifier } from './create-verifier.js';

const attesterSet = address(`0x${'44'.repeat(20)}`);
const members = ['1', '2', '3', '4'].map((digit) => address(`0x${digit.repeat(40)}`));

/** A verifier with one epoch. */
class FakeReads implements Pick<ChainReads, 'call'> {
  bits = 0;
  readonly asked: string[] = [];

  async call({ calldata }: { calldata: `0x${string}` }): ReturnType<ChainReads['call']> {
    const { functionName, args } = decodeFunctionData({ abi: attesterSetAbi, data: calldata });
    this.asked.push(functionName);
    if (args?.[0] !== 1) return { kind: 'reverted', revert: { name: 'EpochUnknown', detail: 'EpochUnknown' } };
    const values = { suspended: this.bits, members, k: 3 };
    const result = values[functionName as keyof typeof values] as never;
    const name = functionName as 'k';
    return { kind: 'answer', bytes: encodeFunctionResult({ abi: attesterSetAbi, functionName: name, result }) };
  }
}

describe('a verifier', () => {
  it('is refused at an address without a contract', async () => {
    const reads = { call: async () => ({ kind: 'answer', bytes: '0x' }) as const };
    await expect(createVerifier({ reads, attesterSet }).readSuspended(1)).rejects.toMatchObject({
      code: 'NO_VERIFIER',
    });
  });

  it('knows nothing of an unknown epoch', async () => {
    expect(await createVerifier({ reads: new FakeReads(), attesterSet }).readSuspended(2)).toBeUndefined();
  });

  it('reports a suspension at once, and reads the members only once', async () => {
    const reads = new FakeReads();
    const verifier = createVerifier({ reads, attesterSet });
    expect(await verifier.readSuspended(1)).toBeUndefined();
    reads.bits = 0b0110;
    for (let times = 0; times < 2; times++)
      expect(await verifier.readSuspended(1)).toEqual({ quorum: 3, suspended: [members[1], members[2]] });
    expect(reads.asked).toEqual(['suspended', 'suspended', 'members', 'k', 'suspended']);
  });
});
