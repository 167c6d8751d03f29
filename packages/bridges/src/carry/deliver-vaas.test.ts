import { wormholeWitnessAbi } from '@surety/contracts';
import { ZERO_WORD, address, bytes32, hexToBytes } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { concatHex, decodeFunctionData, encodeFunctionResult, numberToHex } from 'viem';
import { expect, test } from 'vitest';
import type { BridgeReads } from '../bridge-reads.js';
import { deliverVaas } from './deliver-vaas.js';
import type { VaaSource } from './vaa-source.js';
import type { WitnessedEdge } from './witnessed-edge.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const end = { contract: `0x${'a1'.repeat(20)}`, core: `0x${'c0'.repeat(20)}`, consistencyLevel: 1 };
const at: WitnessedEdge = {
  source: 1,
  direction: 'to-ledger',
  edge: EDGE,
  replica: address(`0x${'1e'.repeat(20)}`),
  gasCeiling: 8_000_000n,
  witness: {
    kind: 'wormhole',
    name: 'wormhole',
    slot: 1,
    mayConflict: true,
    guardianSet: { index: 0, size: 13 },
    atVault: end,
    atLedger: end,
  },
};
const vaaOf = (count: bigint) => hexToBytes(concatHex(['0x0100ff', EDGE, numberToHex(count, { size: 8 }), HEAD]));

function world(outcome: LandOutcome['kind']) {
  const recorded = new Set<bigint>();
  const told: string[] = [];
  let calls = 0;
  const destination: BridgeReads = {
    call: async ({ calldata }) => {
      const { functionName, args } = decodeFunctionData({ abi: wormholeWitnessAbi, data: calldata });
      if (functionName !== 'headAt') throw new TypeError(`${functionName} is not asked`);
      const result = recorded.has(args[1]) ? HEAD : ZERO_WORD;
      return { kind: 'answer', bytes: encodeFunctionResult({ abi: wormholeWitnessAbi, functionName, result }) };
    },
  };
  const effects: TransactionCall['readEffect'][] = [];
  const land = async ({ readEffect }: TransactionCall): Promise<LandOutcome> => {
    calls++;
    effects.push(readEffect);
    return { kind: outcome } as LandOutcome;
  };
  const vaas: VaaSource = {
    readNewest: async () => ({ sequence: 4n, bytes: vaaOf(9n) }),
    settle: (sequence) => void told.push(`settle ${sequence}`),
    refuse: (sequence) => void told.push(`refuse ${sequence}`),
  };
  const deliver = deliverVaas(at, { destination, sender: { land } as unknown as TransactionSender, vaas });
  return { deliver, told, recorded, effects, calls: () => calls };
}

test.each<[LandOutcome['kind'], readonly string[]]>([
  ['landed', ['settle 4']],
  ['refused', ['refuse 4']],
  ['reverted', ['refuse 4']],
  ['overtaken', []],
])('a message whose delivery is %s', async (kind, expected) => {
  const { deliver, told } = world(kind);
  expect(await deliver()).toMatchObject({ kind });
  expect(told).toEqual(expected);
});

test('one that somebody else delivered is settled without a transaction, and was the effect of one under way', async () => {
  const { deliver, told, recorded, effects, calls } = world('overtaken');
  await deliver();
  expect(await effects[0]?.()).toBe(false);
  recorded.add(9n);
  expect(await effects[0]?.()).toBe(true);
  expect(await deliver()).toBeUndefined();
  expect([told, calls()]).toEqual([['settle 4'], 1]);
});

test('a count far above, recorded by a lie, settles no message', async () => {
  const { deliver, recorded, calls } = world('landed');
  recorded.add(2n ** 64n - 1n);
  await deliver();
  expect(calls()).toBe(1);
});
