import { type Address, ZERO_WORD } from '@surety/domain';
import { type PublicClient, encodeAbiParameters, encodeEventTopics } from 'viem';
import { describe, expect, it } from 'vitest';
import { operationId } from './deploy/schedule-acts.js';
import { suretyTimelockAbi } from './generated/index.js';
import { readOperations } from './timelock-operations.js';

const timelock = `0x${'aa'.repeat(20)}` as Address;
const target = `0x${'bb'.repeat(20)}` as Address;
const other = `0x${'cc'.repeat(20)}` as Address;
const NEWEST = 5_000n;
const id = operationId([target, 0n, '0x12345678', ZERO_WORD, ZERO_WORD]);

/** A provider that tells one scheduling, at a height, with a call to somebody. */
function provider(
  to: Address,
  height: bigint,
  indices: readonly bigint[] = [0n],
): { readonly reader: PublicClient; readonly asked: bigint[][] } {
  const asked: bigint[][] = [];
  const answers: Record<string, unknown> = {
    pendingOperations: [id],
    getOperationState: 2,
    getTimestamp: 1_800_000_000n,
    expiryOf: 1_801_209_600n,
    isOperationDone: false,
  };
  const logs = indices.map((index) => ({
    address: timelock,
    topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallScheduled', args: { id, index } }),
    data: encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'uint256' }],
      [to, 0n, '0x12345678', ZERO_WORD, 172_800n],
    ),
  }));
  const reader = {
    readContract: async ({ functionName }: { functionName: string }) => answers[functionName],
    getBlockNumber: async () => NEWEST,
    getBlock: async () => ({ timestamp: 1_799_999_000n }),
    getLogs: async ({ fromBlock, toBlock }: { fromBlock: bigint; toBlock: bigint }) => {
      asked.push([fromBlock, toBlock]);
      return fromBlock <= height && height <= toBlock ? logs : [];
    },
  };
  return { reader: reader as unknown as PublicClient, asked };
}

const chain = { limits: { logRangeMax: 2_000 } };

describe('operations of a timelock', () => {
  it('are read with their calls, range by range back from the newest block', async () => {
    const { reader, asked } = provider(target, 2_500n);
    const [operation] = await readOperations(reader, timelock, chain);
    expect(operation).toMatchObject({ id, state: 'ready', content: { calls: [{ to: target, data: '0x12345678' }] } });
    expect(asked).toEqual([
      [3_001n, 5_000n],
      [1_001n, 3_000n],
    ]);
  });

  it('are shown without calls where a provider tells others than the operation’s', async () => {
    const { reader, asked } = provider(other, 4_000n);
    const [operation] = await readOperations(reader, timelock, chain);
    expect([operation?.id, operation?.content]).toEqual([id, undefined]);
    expect(asked.at(-1)).toEqual([0n, 1_000n]);
  });

  it.each([
    ['skips the first', [1n]],
    ['leaves a gap', [0n, 2n]],
    ['tells of a call past every list', [4_294_967_294n]],
    ['tells of a call past every number', [2n ** 256n - 1n]],
  ])('are shown without calls where a provider %s', async (_name, indices) => {
    const { reader } = provider(target, 4_000n, indices);
    const [operation] = await readOperations(reader, timelock, chain);
    expect([operation?.id, operation?.content]).toEqual([id, undefined]);
  });

  it('are read without calls where logs fail and the calls are not needed', async () => {
    const { reader } = provider(target, 4_000n);
    const silent = { ...reader, getLogs: async () => Promise.reject(new Error('no logs')) } as unknown as PublicClient;
    const [operation] = await readOperations(silent, timelock, { ...chain, areCallsOptional: true });
    expect([operation?.id, operation?.content]).toEqual([id, undefined]);
    await expect(readOperations(silent, timelock, chain)).rejects.toThrow('no logs');
  });
});
