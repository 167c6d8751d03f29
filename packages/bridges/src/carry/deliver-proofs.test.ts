import { collateralLedgerAbi, l1StateWitnessAbi } from '@surety/contracts';
import { type Hex, address, blockHash, bytes32, txHash } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult, parseAbi, toEventSelector } from 'viem';
import { expect, test } from 'vitest';
import type { BridgeReads } from '../bridge-reads.js';
import { deliverProofs } from './deliver-proofs.js';
import type { WitnessedEdge } from './witnessed-edge.js';

const at20 = (byte: string) => address(`0x${byte.repeat(20)}`);
const [vault, far, ledger, predeploy] = [at20('a1'), at20('a2'), at20('1e'), at20('15')];
const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const KEPT = toEventSelector('BlockKept(bytes32)');
const blockOf = (number: number) => blockHash(`0x${number.toString(16).padStart(2, '0').repeat(32)}`);
const at: WitnessedEdge = {
  source: 1,
  direction: 'to-ledger',
  edge: EDGE,
  replica: ledger,
  gasCeiling: 8_000_000n,
  witness: {
    kind: 'state-proof',
    name: 'proof',
    slot: 2,
    mayConflict: true,
    atVault: { contract: vault, hashSource: { kind: 'dispute-game', address: vault } },
    atLedger: { contract: far, hashSource: { kind: 'l1-block', address: predeploy } },
  },
};
const abi: Abi = [
  ...l1StateWitnessAbi.filter(({ type }) => type === 'function'),
  ...collateralLedgerAbi.filter((item) => item.type === 'function' && item.name === 'witnessOf'),
  ...parseAbi(['function hash() view returns (bytes32)']),
];

/** A chain that stores one block hash of another chain, whose journal grows by one entry per block. */
function world() {
  const chain = {
    waiting: [] as bigint[],
    /** Number of the stored block, and how many blocks pass before a transaction is mined. */
    held: 5,
    passing: 0,
    lost: new Set<number>(),
    kept: new Set<string>(),
    recorded: 0n,
    conflicted: false,
    failing: undefined as LandOutcome | undefined,
    /** The call that cannot be sent for now. */
    unsendable: undefined as 'keepBlock' | 'prove' | undefined,
    sent: [] as string[],
    kindOfLogs: KEPT,
    elapsedMs: 0,
  };
  const answers: Record<string, () => unknown> = {
    latest: () => [chain.recorded, HEAD, 0],
    isContradicted: () => chain.conflicted,
    witnessOf: () => [far, true, false, 0n],
    l1Block: () => predeploy,
    hash: () => blockOf(chain.held),
  };
  const destination: BridgeReads = {
    call: async ({ to, calldata }) => {
      const { functionName } = decodeFunctionData({ abi, data: calldata });
      expect(to).toBe(functionName === 'hash' ? predeploy : functionName === 'witnessOf' ? ledger : far);
      return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result: answers[functionName]?.() }) };
    },
  };
  const land = async ({ to, calldata }: TransactionCall): Promise<LandOutcome> => {
    expect(to).toBe(far);
    const { functionName, args = [] } = decodeFunctionData({ abi, data: calldata });
    if (functionName === chain.unsendable) throw new Error('FEE_ABOVE_CAP');
    if (functionName === 'keepBlock') {
      chain.held += chain.passing;
      chain.kept.add(blockOf(chain.held));
      chain.sent.push(`keep ${chain.held}`);
    } else {
      const [edge, proof] = args as [Hex, { header: Hex }];
      const number = Number.parseInt(proof.header.slice(2, 4), 16);
      chain.sent.push(edge === EDGE && chain.kept.has(proof.header) ? `prove ${number}` : `astray ${number}`);
      if (chain.failing === undefined) chain.recorded = BigInt(number);
      else return chain.failing;
    }
    return { kind: 'landed', txHash: txHash(`0x${'22'.repeat(32)}`) } as unknown as LandOutcome;
  };
  const deliver = deliverProofs(at, {
    destination,
    sender: { land } as unknown as TransactionSender,
    waiting: { readWaiting: async () => chain.waiting.map((count) => ({ count, worthWei: null })) },
    clock: { elapsedMs: () => chain.elapsedMs },
    readLogs: async () => [{ address: far, topics: [chain.kindOfLogs, blockOf(chain.held)] }],
    prove: async (block) => {
      const number = Number.parseInt(block.slice(2, 4), 16);
      if (chain.lost.has(number)) throw new Error('no such block');
      return { count: BigInt(number), proof: { header: block, account: [], head: [], count: [] } };
    },
  });
  return { chain, deliver };
}

test('while nothing waits, no block is kept and nothing is proven', async () => {
  const { chain, deliver } = world();
  expect(await deliver()).toBeUndefined();
  expect(chain.sent).toEqual([]);
});

test('waiting entries are proven in the block stored when the transaction was mined, not in the one read before', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.passing] = [[4n], 2];
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['keep 7', 'prove 7']);
  expect(await deliver()).toBeUndefined();
  expect(chain.sent).toHaveLength(2);
});

test('a block that lacks the waiting entries is not paid for', async () => {
  const { chain, deliver } = world();
  chain.waiting = [6n];
  expect(await deliver()).toBeUndefined();
  chain.held = 6;
  await deliver();
  expect(chain.sent).toEqual(['keep 6', 'prove 6']);
});

test('entries that no journal has, or only later, do not block the proof of those that exist', async () => {
  const { chain, deliver } = world();
  chain.waiting = [4n, 1n << 60n];
  await deliver();
  expect(chain.sent).toEqual(['keep 5', 'prove 5']);
  expect(await deliver()).toBeUndefined();
  expect(chain.sent).toHaveLength(2);
});

test('a kept block that cannot be proven, or whose proof is rejected, is dropped for a newer one', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.passing] = [[1n], 1];
  chain.lost.add(6);
  await expect(deliver()).rejects.toThrow('no such block');
  chain.elapsedMs = 30_000;
  // The stored block is unavailable too, so it is not kept.
  await expect(deliver()).rejects.toThrow('no such block');
  chain.held = 8;
  chain.failing = { kind: 'refused', name: 'BlockUnknown' } as unknown as LandOutcome;
  expect(await deliver()).toMatchObject({ kind: 'refused' });
  chain.failing = undefined;
  chain.elapsedMs += 60_000;
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['keep 6', 'keep 9', 'prove 9', 'keep 10', 'prove 10']);
});

test('a transaction that kept no block for this witness proves nothing', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.kindOfLogs] = [[1n], EDGE];
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['keep 5']);
});

test('while no kept block leads to a proof, the pauses between kept blocks grow; a proof resets them', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.kindOfLogs] = [[1n, 99n], EDGE];
  const keptAtS: number[] = [];
  const pass = async () => {
    const before = chain.sent.length;
    await deliver();
    if (chain.sent.length > before) keptAtS.push(chain.elapsedMs / 1_000);
    chain.elapsedMs += 10_000;
  };
  for (let passes = 0; passes < 22; passes++) await pass();
  expect(keptAtS).toEqual([0, 30, 90, 210]);
  [chain.elapsedMs, chain.kindOfLogs] = [450_000, KEPT];
  await pass();
  expect(chain.sent.at(-1)).toBe('prove 5');
  [chain.held, chain.waiting] = [6, [6n]];
  [chain.elapsedMs, chain.kindOfLogs] = [930_000, EDGE];
  await pass();
  chain.elapsedMs = 960_000;
  await pass();
  expect(keptAtS.slice(4)).toEqual([450, 930, 960]);
});

test('a witness that contradicts itself is skipped', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.conflicted] = [[1n], true];
  expect(await deliver()).toBeUndefined();
  expect(chain.sent).toEqual([]);
});

test('a kept block that was paid for is proven later if the proof cannot be sent at once', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.unsendable] = [[1n], 'prove'];
  await expect(deliver()).rejects.toThrow('FEE_ABOVE_CAP');
  chain.elapsedMs = 40_000;
  await expect(deliver()).rejects.toThrow('FEE_ABOVE_CAP');
  expect(chain.sent).toEqual(['keep 5']);
  chain.unsendable = undefined;
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['keep 5', 'prove 5']);
});

test('a kept block that others proved meanwhile is dropped', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.unsendable] = [[1n], 'prove'];
  await expect(deliver()).rejects.toThrow('FEE_ABOVE_CAP');
  [chain.waiting, chain.recorded, chain.held] = [[6n], 5n, 6];
  chain.unsendable = undefined;
  expect(await deliver()).toBeUndefined();
  chain.elapsedMs = 30_000;
  await deliver();
  expect(chain.sent).toEqual(['keep 5', 'keep 6', 'prove 6']);
});

test('a block that cannot be kept for now is kept as soon as it can be', async () => {
  const { chain, deliver } = world();
  [chain.waiting, chain.unsendable] = [[1n], 'keepBlock'];
  for (let times = 0; times < 3; times++) await expect(deliver()).rejects.toThrow('FEE_ABOVE_CAP');
  chain.unsendable = undefined;
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['keep 5', 'prove 5']);
});
