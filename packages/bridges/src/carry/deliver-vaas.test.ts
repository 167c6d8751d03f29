import { wormholeWitnessAbi } from '@surety/contracts';
import { ZERO_WORD, address, bytes32, hexToBytes } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { concatHex, decodeFunctionData, encodeFunctionResult, numberToHex, pad } from 'viem';
import { expect, test } from 'vitest';
import type { BridgeReads } from '../bridge-reads.js';
import { deliverVaas } from './deliver-vaas.js';
import type { VaaSource } from './vaa-source.js';
import type { WitnessedEdge } from './witnessed-edge.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const end = { contract: `0x${'a1'.repeat(20)}` as const, core: `0x${'c0'.repeat(20)}`, consistencyLevel: 1 };
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
/** A local chain: the SDK's table lacks it, as it lacks chains that joined after its release. */
const CHAIN = 10_901;
/** One guardian's signature, which no test verifies: index ‖ r ‖ s ‖ v. */
const signature = (guardian: number) => concatHex([numberToHex(guardian, { size: 1 }), `0x${'5a'.repeat(65)}`]);

/** The parts of a VAA that a test may change. */
interface VaaParts {
  readonly version: number;
  readonly guardians: readonly number[];
  readonly chain: number;
  readonly emitter: `0x${string}`;
  readonly sequence: bigint;
  readonly level: number;
  readonly payload: `0x${string}`;
}

const payloadOf = (count: bigint) => concatHex([EDGE, numberToHex(count, { size: 8 }), HEAD]);

function vaaOf(parts: Partial<VaaParts> = {}): Uint8Array {
  const { version = 1, guardians = [0, 3, 12], chain = CHAIN, emitter = end.contract, sequence = 4n } = parts;
  const { level = 1, payload = payloadOf(9n) } = parts;
  const header = [numberToHex(version, { size: 1 }), numberToHex(7, { size: 4 })];
  const signed = [numberToHex(guardians.length, { size: 1 }), ...guardians.map(signature)];
  const envelope = [
    numberToHex(1_700_000_000, { size: 4 }),
    numberToHex(0, { size: 4 }),
    numberToHex(chain, { size: 2 }),
  ];
  const place = [pad(emitter, { size: 32 }), numberToHex(sequence, { size: 8 }), numberToHex(level, { size: 1 })];
  return hexToBytes(concatHex([...header, ...signed, ...envelope, ...place, payload]));
}

function world(outcome: LandOutcome['kind'], bytes = vaaOf()) {
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
    readNewest: async () => ({ sequence: 4n, bytes }),
    settle: (sequence) => void told.push(`settle ${sequence}`),
    refuse: (sequence) => void told.push(`refuse ${sequence}`),
  };
  const deliver = deliverVaas(at, {
    destination,
    sender: { land } as unknown as TransactionSender,
    vaas,
    emitterChain: CHAIN,
  });
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

test('a message that someone else delivered is settled without a transaction, and counts as the effect of a pending one', async () => {
  const { deliver, told, recorded, effects, calls } = world('overtaken');
  await deliver();
  expect(await effects[0]?.()).toBe(false);
  recorded.add(9n);
  expect(await effects[0]?.()).toBe(true);
  expect(await deliver()).toBeUndefined();
  expect([told, calls()]).toEqual([['settle 4'], 1]);
});

test('a falsely recorded high count settles no message', async () => {
  const { deliver, recorded, calls } = world('landed');
  recorded.add(2n ** 64n - 1n);
  await deliver();
  expect(calls()).toBe(1);
});

test.each<[string, Uint8Array, string]>([
  ['of another version', vaaOf({ version: 2 }), 'expected a VAA of version 1'],
  ['that ends in its signatures', vaaOf().slice(0, 100), 'expected a VAA of version 1'],
  ['whose guardians do not ascend', vaaOf({ guardians: [3, 3] }), 'guardian 3 after 3'],
  ['of another chain', vaaOf({ chain: 2 }), 'emitter chain 2; expected 10901'],
  ['of another contract', vaaOf({ emitter: `0x${'b2'.repeat(20)}` }), `expected 0x${'0'.repeat(24)}${'a1'.repeat(20)}`],
  ['under another number', vaaOf({ sequence: 5n }), 'sequence 5; expected 4'],
  ['of a block that is not final', vaaOf({ level: 200 }), 'consistency level 200; expected 1'],
  ['with a shorter payload', vaaOf({ payload: '0x1234' }), 'a payload of 2 bytes; expected 72'],
])('a message %s is refused before sending, and retried later', async (_, bytes, detail) => {
  const { deliver, told, calls } = world('landed', bytes);
  expect(await deliver()).toEqual({ kind: 'refused', name: 'BAD_VAA', detail: expect.stringContaining(detail) });
  expect([told, calls()]).toEqual([['refuse 4'], 0]);
});
