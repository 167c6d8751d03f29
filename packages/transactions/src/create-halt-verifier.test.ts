import { attesterSetAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import type { TransactionCall } from '@surety/workflows';
import { decodeFunctionData, encodeFunctionResult, hexToString } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { createHaltVerifier } from './create-halt-verifier.js';

const edge = bytes32(`0x${'ed'.repeat(32)}`);
const attesterSet = address(`0x${'44'.repeat(20)}`);
const members = ['1', '2', '3', '4'].map((digit) => address(`0x${digit.repeat(40)}`));
let halted: readonly [boolean, bigint, number];
let sent: TransactionCall[];
let rotated: number;

beforeEach(() => {
  halted = [false, 2n, 0];
  sent = [];
  rotated = 0;
});

/** A verifier in epoch 5 that has suspended its second member. */
function open(answer?: `0x${string}`) {
  const call = async ({ calldata }: { calldata: `0x${string}` }): ReturnType<ChainReads['call']> => {
    const { functionName, args } = decodeFunctionData({ abi: attesterSetAbi, data: calldata });
    const values: Record<string, unknown> = { haltOf: halted, epoch: 5, members, suspended: 0b10 };
    const of = functionName === 'haltOf' ? edge : functionName === 'epoch' ? undefined : 5;
    if (args?.[0] !== of) throw new TypeError(`${functionName} was asked of something else`);
    const result = values[functionName] as never;
    const name = functionName as 'epoch';
    const bytes = answer ?? encodeFunctionResult({ abi: attesterSetAbi, functionName: name, result });
    return { kind: 'answer', bytes };
  };
  const land = async (one: TransactionCall) => {
    sent.push(one);
    return { kind: 'overtaken', detail: 'done' } as never;
  };
  return createHaltVerifier({
    rpc: { rotate: () => void rotated++ },
    reads: { call },
    sender: { address: attesterSet, land },
    attesterSet,
    gasCeiling: 9n,
  });
}

describe('the halt verifier', () => {
  it('is refused at an address without a contract', async () => {
    await expect(open('0x').readPosition(edge)).rejects.toMatchObject({ code: 'NO_VERIFIER', retryable: true });
  });

  it('calls an answer that is cut short bad, which another provider may mend', async () => {
    await expect(open('0x1234').readPosition(edge)).rejects.toMatchObject({ code: 'RPC_BAD_ANSWER', retryable: true });
  });

  it('reads an edge’s halt state and the members whose signatures count now', async () => {
    const epoch = { epoch: 5, members, suspended: [members[1]] };
    expect(await open().readPosition(edge)).toEqual({ isHalted: false, nonce: 2n, epoch });
  });

  it('sends a halt before other calls, and counts it as done once the edge is halted or the halt was cleared', async () => {
    const verifier = open();
    await verifier.halt({ halt: { edge, nonce: 2n, epoch: 5 }, signatures: '0x1234' });
    const [call] = sent;
    const { functionName, args } = decodeFunctionData({ abi: attesterSetAbi, data: call?.calldata ?? '0x' });
    expect([functionName, ...(args ?? []).slice(0, 4)]).toEqual(['halt', edge, 2n, 5, '0x1234']);
    expect(hexToString(args?.[4] as `0x${string}`, { size: 32 })).toBe('FINALITY_BROKEN');
    expect(call).toMatchObject({ to: attesterSet, priority: 'release', gasCeiling: 9n });
    expect(await call?.readEffect?.()).toBe(false);
    halted = [true, 2n, 7];
    expect(await call?.readEffect?.()).toBe(true);
    halted = [false, 3n, 0];
    expect(await call?.readEffect?.()).toBe(true);
    verifier.distrustProvider();
    expect(rotated).toBe(1);
  });
});
