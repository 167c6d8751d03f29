import { roleHolderAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import { selectorOf } from './act-spec.js';
import { ACTS } from './act-table.js';
import { describeOperation } from './carry-out.js';
import { describeCall } from './describe-call.js';

const operation = (to: string, data: `0x${string}`, value = 0n) => ({
  id: bytes32(`0x${'cc'.repeat(32)}`),
  state: 'waiting' as const,
  readyAt: 1_800_000_000n,
  expiresAt: 1_801_209_600n,
  content: {
    calls: [{ to: address(to), data, value }],
    predecessor: bytes32(`0x${'00'.repeat(32)}`),
    isPredecessorDone: false,
    salt: bytes32(`0x${'00'.repeat(32)}`),
  },
});

describe('a call that anybody scheduled', () => {
  it('is described whatever its bytes are: one that cannot be read hides no other', () => {
    for (const spec of ACTS) {
      const selector = selectorOf(spec) as `0x${string}`;
      expect(typeof describeCall(selector)).toBe('string');
      expect(typeof describeCall(`${selector}00`)).toBe('string');
    }
  });

  it('is told apart from the same call at another contract, and from one that sends coin', () => {
    const data = encodeFunctionData({ abi: roleHolderAbi, functionName: 'appoint', args: [`0x${'99'.repeat(20)}`] });
    const [guardian, pauser] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`];
    expect(describeOperation(operation(guardian, data))).not.toBe(describeOperation(operation(pauser, data)));
    expect(describeOperation(operation(guardian, data))).toContain(guardian);
    expect(describeOperation(operation(guardian, data, 5n))).not.toBe(describeOperation(operation(guardian, data)));
  });
});
