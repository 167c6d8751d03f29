import { collateralLedgerAbi, keccak256, layerZeroWitnessAbi } from '@surety/contracts';
import {
  type Bytes32,
  type Hex,
  address,
  bytes32,
  bytesToHex,
  hexToBytes,
  paddedAddress,
  txHash,
} from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import {
  type Abi,
  concatHex,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionResult,
  numberToHex,
  parseAbi,
  toEventSelector,
} from 'viem';
import { expect, test } from 'vitest';
import type { BridgeReads } from '../bridge-reads.js';
import { deliverPackets } from './deliver-packets.js';
import type { Publication } from './publication-book.js';
import type { WitnessedEdge } from './witnessed-edge.js';

const [near, far, nearEndpoint, endpoint, library, ledger] = ['a1', 'a2', 'e1', 'e2', 'b2', '1e'].map((byte) =>
  address(`0x${byte.repeat(20)}`),
) as [Address, Address, Address, Address, Address, Address];
type Address = ReturnType<typeof address>;
const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const SENT = toEventSelector('PacketSent(bytes,bytes,address)');
const GRACE_MS = 1_000;
const noVerifiers = { confirmations: 1, requiredDvns: [], optionalDvns: [], optionalThreshold: 0 };
const end = { send: noVerifiers, receive: noVerifiers };
const at: WitnessedEdge = {
  source: 1,
  direction: 'to-ledger',
  edge: EDGE,
  replica: ledger,
  gasCeiling: 8_000_000n,
  witness: {
    kind: 'layerzero',
    name: 'layerzero',
    slot: 0,
    mayConflict: true,
    atVault: { ...end, contract: near, endpoint: nearEndpoint },
    atLedger: { ...end, contract: far, endpoint },
  },
};
const abi: Abi = [
  ...layerZeroWitnessAbi.filter(({ type }) => type === 'function'),
  ...collateralLedgerAbi.filter((item) => item.type === 'function' && item.name === 'witnessOf'),
  ...parseAbi([
    'struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }',
    'function getReceiveLibrary(address receiver, uint32 eid) view returns (address library, bool isDefault)',
    'function lazyInboundNonce(address receiver, uint32 srcEid, bytes32 sender) view returns (uint64)',
    'function inboundPayloadHash(address receiver, uint32 srcEid, bytes32 sender, uint64 nonce) view returns (bytes32)',
    'function commitVerification(bytes header, bytes32 payloadHash)',
  ]),
  ...parseAbi([
    'struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }',
    'function lzReceive(Origin origin, address receiver, bytes32 guid, bytes message, bytes extraData) payable',
  ]),
];

/** Builds the packet that carries a count: its bytes as the origin's endpoint emits them, and what verifiers sign. */
function packetOf(nonce: bigint, count: bigint, edge = EDGE) {
  const path = concatHex([
    numberToHex(nonce, { size: 8 }),
    numberToHex(40_901, { size: 4 }),
    paddedAddress(near),
    numberToHex(40_900, { size: 4 }),
    paddedAddress(far),
  ]);
  const guid = bytesToHex(keccak256(hexToBytes(path)));
  const payload = concatHex([guid, edge, numberToHex(count, { size: 8 }), HEAD]);
  const hash = bytes32(bytesToHex(keccak256(hexToBytes(payload))));
  return { bytes: concatHex(['0x01', path, payload]), hash, nonce, count };
}

/**
 * Builds a destination with those parts of LayerZero's endpoint and library that delivery reads, and an origin that has
 * emitted some packets.
 */
function world(...packets: ReturnType<typeof packetOf>[]) {
  const chain = {
    recorded: 0n,
    passed: 0n,
    elapsedMs: 0,
    verified: new Set<Bytes32>(),
    committed: new Map<bigint, Bytes32>(),
    /** Outcome of the next transactions if they do not land. */
    failing: undefined as LandOutcome | Error | undefined,
    sent: [] as string[],
    /** Packets by the transaction that sent them, in nonce order. */
    logged: packets,
    /** Packets found only by looking further back. */
    earlier: [] as ReturnType<typeof packetOf>[],
    looksBack: 0,
    looksOn: 0,
    /** Packets found only by looking on from a page of earlier ones. */
    later: [] as ReturnType<typeof packetOf>[],
    /** Publications that the origin's provider made up: their transactions are unknown. */
    invented: [] as Publication[],
    /** How often the origin's provider was left, and what the next one shows. */
    distrusted: 0,
    honest: undefined as ReturnType<typeof packetOf>[] | undefined,
  };
  const byHash = (hash: unknown) => chain.logged.find((one) => one.hash === hash);
  const answers: Record<string, (args: readonly unknown[]) => unknown> = {
    latest: () => [chain.recorded, HEAD, 0],
    isContradicted: () => false,
    witnessOf: () => [far, true, false, 0n],
    getReceiveLibrary: () => [library, false],
    lazyInboundNonce: () => chain.passed,
    inboundPayloadHash: ([, , , nonce]) => chain.committed.get(nonce as bigint) ?? `0x${'00'.repeat(32)}`,
  };
  const destination: BridgeReads = {
    call: async ({ calldata }) => {
      const { functionName, args = [] } = decodeFunctionData({ abi, data: calldata });
      if (functionName !== 'commitVerification') {
        const result = answers[functionName]?.(args);
        return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result }) };
      }
      const isVerified = chain.verified.has(args[1] as Bytes32);
      return isVerified ? { kind: 'answer', bytes: '0x' } : { kind: 'reverted', revert: { name: 'LZ_ULN_Verifying' } };
    },
  };
  const land = async ({ to, calldata }: TransactionCall): Promise<LandOutcome> => {
    const { functionName, args = [] } = decodeFunctionData({ abi, data: calldata });
    if (functionName === 'commitVerification') {
      const packet = byHash(args[1]);
      chain.sent.push(`${to === library ? 'commit' : 'astray'} ${packet?.nonce}`);
      if (chain.failing === undefined) chain.committed.set(packet?.nonce ?? 0n, args[1] as Bytes32);
    } else {
      const { nonce } = args[0] as { nonce: bigint };
      chain.sent.push(`${to === endpoint ? 'deliver' : 'astray'} ${nonce}`);
      if (chain.failing === undefined)
        [chain.recorded, chain.passed] = [byHash(chain.committed.get(nonce))?.count ?? 0n, nonce];
    }
    if (chain.failing instanceof Error) throw chain.failing;
    return chain.failing ?? ({ kind: 'landed', txHash: txHash(`0x${'22'.repeat(32)}`) } as unknown as LandOutcome);
  };
  const transaction = (nonce: bigint) => txHash(numberToHex(nonce, { size: 32 }));
  const deliver = deliverPackets(at, {
    readLogs: async (hash) =>
      chain.logged
        .filter(({ nonce }) => transaction(nonce) === hash)
        .map(({ bytes }) => ({
          address: nearEndpoint,
          topics: [SENT],
          data: encodeAbiParameters([{ type: 'bytes' }, { type: 'bytes' }, { type: 'address' }], [bytes, '0x', near]),
        })),
    destination,
    sender: { land } as unknown as TransactionSender,
    published: {
      look: async () => undefined,
      readAtMs: async () => 0,
      lookBack: async () => {
        chain.looksBack++;
        chain.logged = [...chain.earlier.splice(0), ...chain.logged];
      },
      lookOn: async () => {
        chain.looksOn++;
        if (chain.later.length > 0) chain.logged = chain.later.splice(0);
      },
      list: () => [
        ...chain.logged.map(({ nonce, count }): Publication => ({
          edge: EDGE,
          count,
          txHash: transaction(nonce),
          height: nonce,
        })),
        ...chain.invented,
      ],
      firstsOf: () => [],
    },
    clock: { elapsedMs: () => chain.elapsedMs },
    graceMs: GRACE_MS,
    distrustOrigin: () => {
      chain.distrusted++;
      chain.logged = chain.honest ?? chain.logged;
    },
  });
  /** Advances time, then calls the delivery once. */
  const after = async (ms: number): Promise<LandOutcome | undefined> => {
    chain.elapsedMs += ms;
    return deliver();
  };
  return {
    chain,
    deliver,
    after,
    verify: (...all: { hash: Bytes32 }[]) => all.forEach(({ hash }) => chain.verified.add(hash)),
  };
}

const [first, second] = [packetOf(1n, 5n), packetOf(2n, 9n)];

test('a verified packet is left to its executor for the grace period, then committed and delivered', async () => {
  const { chain, deliver, after, verify } = world(first);
  expect(await deliver()).toBeUndefined();
  verify(first);
  expect(await after(GRACE_MS)).toBeUndefined();
  expect(await after(GRACE_MS - 1)).toBeUndefined();
  expect(await after(1)).toMatchObject({ kind: 'landed' });
  expect(await deliver()).toMatchObject({ kind: 'landed' });
  expect(chain.sent).toEqual(['commit 1', 'deliver 1']);
  expect(chain.recorded).toBe(5n);
  expect(await after(GRACE_MS)).toBeUndefined();
});

test('a packet that the executor only committed is delivered', async () => {
  const { chain, deliver, after } = world(first);
  chain.committed.set(1n, first.hash);
  await deliver();
  await after(GRACE_MS);
  expect(chain.sent).toEqual(['deliver 1']);
});

test('of several, only the newest is delivered, after those before it are committed', async () => {
  const { chain, deliver, after, verify } = world(first, second);
  verify(first, second);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'commit 2', 'deliver 2']);
  expect(chain.recorded).toBe(9n);
});

test('a packet behind an unverified one is not delivered, but the one before that is', async () => {
  const third = packetOf(3n, 12n);
  const { chain, deliver, after, verify } = world(first, second, third);
  verify(first, third);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  await after(GRACE_MS);
  expect(chain.sent).toEqual(['commit 1', 'deliver 1']);
});

test('a packet that the origin does not show as it was signed is ignored', async () => {
  const forged = { ...first, bytes: `${first.bytes.slice(0, -2)}ff` as Hex };
  const { chain, deliver, after, verify } = world(forged);
  verify(first);
  await deliver();
  await after(GRACE_MS);
  expect(chain.sent).toEqual([]);
});

test('bytes whose GUID does not match their path are ignored', async () => {
  const forged = { ...first, bytes: first.bytes.replace('0x010000000000000001', '0x010000000000000002') as Hex };
  const { chain, deliver, after, verify } = world(forged);
  verify(first);
  await deliver();
  await after(GRACE_MS);
  expect(chain.sent).toEqual([]);
});

test('a packet of another edge is committed on the way, but not delivered', async () => {
  const earlier = packetOf(1n, 99n, bytes32(`0x${'dd'.repeat(32)}`));
  const { chain, deliver, after, verify } = world(earlier, second);
  verify(earlier);
  await deliver();
  await after(GRACE_MS);
  expect(chain.sent).toEqual([]);
  verify(second);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'commit 2', 'deliver 2']);
});

test.each<[string, LandOutcome]>([
  ['refused', { kind: 'refused', name: 'GAS_ABOVE_CEILING', detail: '' }],
  ['reverted', { kind: 'reverted', name: 'REVERTED' } as unknown as LandOutcome],
])('one that is %s is tried five times at growing intervals, then left to others', async (_name, failing) => {
  const { chain, deliver, after } = world(first);
  chain.committed.set(1n, first.hash);
  chain.failing = failing;
  await deliver();
  expect(await after(GRACE_MS)).toEqual(failing);
  expect(await after(29_999)).toBeUndefined();
  expect(await after(1)).toEqual(failing);
  for (let hours = 0; hours < 24; hours++) await after(3_600_000);
  expect(chain.sent).toHaveLength(5);
});

test('a fee above the cap delays a packet, but does not use up its attempts', async () => {
  const { chain, deliver, after } = world(first);
  chain.committed.set(1n, first.hash);
  await deliver();
  chain.failing = new Error('FEE_ABOVE_CAP');
  await expect(after(GRACE_MS)).rejects.toThrow('FEE_ABOVE_CAP');
  expect(await after(1_000)).toBeUndefined();
  for (let tries = 0; tries < 9; tries++) await expect(after(600_000)).rejects.toThrow('FEE_ABOVE_CAP');
  chain.failing = undefined;
  expect(await after(600_000)).toMatchObject({ kind: 'landed' });
});

test('a packet left before all known ones is searched for, and those behind it are delivered after it', async () => {
  const { chain, deliver, after, verify } = world(second);
  chain.earlier = [first];
  verify(first, second);
  await deliver();
  expect(chain.looksBack).toBe(1);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'commit 2', 'deliver 2']);
  expect(chain.looksBack).toBe(1);
});

test('a page of packets is delivered before the book looks on to those behind it', async () => {
  const { chain, deliver, after, verify } = world(first);
  chain.later = [second];
  verify(first, second);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  expect([chain.sent, chain.looksOn]).toEqual([['commit 1', 'deliver 1'], 0]);
  await deliver();
  expect(chain.looksOn).toBe(1);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'deliver 1', 'commit 2', 'deliver 2']);
});

test.each([
  ['beside a true one', [first]],
  ['alone', []],
])('a publication that was made up holds up a page for the grace period, and no longer: %s', async (_, packets) => {
  const { chain, deliver, after } = world(...packets);
  chain.passed = 1n;
  chain.invented = [{ edge: EDGE, count: 900n, txHash: txHash(numberToHex(77n, { size: 32 })), height: 1n }];
  await deliver();
  await after(GRACE_MS - 1);
  expect(chain.looksOn).toBe(0);
  await after(1);
  expect(chain.looksOn).toBe(1);
});

test('a known but unverified packet triggers no search', async () => {
  const { chain, deliver, verify } = world(first, second);
  verify(second);
  await deliver();
  expect(chain.looksBack).toBe(0);
});

/** Same path, so the same GUID, and another head: nothing that a reader of one provider can tell from the true one. */
const lie = (of: typeof first) => ({ ...of, bytes: `${of.bytes.slice(0, -2)}ff` as Hex });

test('a packet that a provider invented once is read again, and the true one delivered', async () => {
  const { chain, deliver, after, verify } = world(lie(first));
  verify(first);
  await deliver();
  chain.logged = [first];
  await deliver();
  await after(GRACE_MS);
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'deliver 1']);
  expect(chain.distrusted).toBe(0);
});

test.each([
  ['invents the packet', [lie(first)]],
  ['invents one behind it', [packetOf(7n, 5n)]],
])('a provider that %s for the grace period is left, and the true packet delivered', async (_name, invented) => {
  const { chain, deliver, after, verify } = world(...invented);
  chain.honest = [first];
  verify(first);
  await deliver();
  await after(GRACE_MS - 1);
  expect(chain.distrusted).toBe(0);
  await after(1);
  expect(chain.distrusted).toBe(1);
  await deliver();
  await after(GRACE_MS);
  await deliver();
  expect(chain.sent).toEqual(['commit 1', 'deliver 1']);
  await after(10 * GRACE_MS);
  expect(chain.distrusted).toBe(1);
});

test('a packet that waits for its verifiers costs one change of provider per grace period', async () => {
  const { chain, deliver, after } = world(first);
  await deliver();
  for (let times = 0; times < 40; times++) await after(GRACE_MS / 10);
  expect(chain.distrusted).toBe(4);
  expect(chain.sent).toEqual([]);
});
