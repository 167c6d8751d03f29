import { type Address, type Bytes32, type Hex, type TxHash, address } from '@surety/domain';
import {
  type Clock,
  type HeadConfirmer,
  type LandOutcome,
  type TransactionSender,
  retryDelayMs,
} from '@surety/workflows';
import { encodeFunctionData, parseAbi } from 'viem';
import { type BridgeReads, readContractView } from '../bridge-reads.js';
import { type LayerZeroPacket, packetsIn } from './layer-zero-packet.js';
import type { PublicationBook } from './publication-book.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** Dependencies of delivering the packets of one LayerZero witness. */
export interface PacketDelivery {
  /** Returns the events of a transaction on the origin chain; none until it is mined. */
  readonly readLogs: (
    txHash: TxHash,
    signal?: AbortSignal,
  ) => Promise<readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[]>;
  readonly destination: BridgeReads;
  readonly sender: TransactionSender;
  readonly published: PublicationBook;
  readonly clock: Pick<Clock, 'elapsedMs'>;
  /** Milliseconds for which a verified packet is left to its paid executor, and an unverified one to its provider. */
  readonly graceMs: number;
  /** Prefers the origin's next provider; called when what this one shows is not verified for so long. */
  readonly distrustOrigin: () => void;
}

const endpointAbi = parseAbi([
  'struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }',
  'function getReceiveLibrary(address receiver, uint32 eid) view returns (address library, bool isDefault)',
  'function lazyInboundNonce(address receiver, uint32 srcEid, bytes32 sender) view returns (uint64)',
  'function inboundPayloadHash(address receiver, uint32 srcEid, bytes32 sender, uint64 nonce) view returns (bytes32)',
  'function lzReceive(Origin origin, address receiver, bytes32 guid, bytes message, bytes extraData) payable',
]);
const libraryAbi = parseAbi(['function commitVerification(bytes header, bytes32 payloadHash)']);

/** Attempts at one step of one packet that are refused or reverted, after which it is left to others. */
const ATTEMPTS_MAX = 5;
/** Pause after the first attempt, and the longest one, in milliseconds. */
const RETRY_MS = { firstMs: 30_000, maxMs: 600_000 } as const;

/** A packet that the endpoint would accept: committed, or verified by enough DVNs. */
interface Ready {
  readonly packet: LayerZeroPacket;
  readonly isCommitted: boolean;
}

interface Attempts {
  /** Attempts that ended in a refusal or a revert; a sender that cannot send only delays the next one. */
  spent: number;
  made: number;
  againAtMs: number;
}

/**
 * Creates the delivery of packets that LayerZero's executor has left undelivered. It commits packets that enough DVNs
 * have verified and hands them to the endpoint, which anyone may do, one transaction per call. Only the newest head is
 * delivered; earlier ones are committed, since the endpoint skips none.
 */
export function deliverPackets(at: WitnessedEdge, io: PacketDelivery): HeadConfirmer['deliver'] {
  const world: World = {
    at,
    io,
    ends: layerZeroEnds(at),
    packets: new Map(),
    unknownSince: new Map(),
    stuck: undefined,
  };
  const readySince = new Map<Bytes32, number>();
  const attempts = new Map<string, Attempts>();
  return async (signal) => {
    const { recorded } = await readRecord(at, io.destination, signal);
    const counts = newestCounts(at, io.published);
    if (![...counts.values()].some((count) => count > recorded)) {
      for (const kept of [world.packets, world.unknownSince, readySince, attempts]) kept.clear();
      world.stuck = undefined;
      await io.published.lookOn(signal);
      return undefined;
    }
    const ready = await readReady(world, counts, signal);
    const nowMs = io.clock.elapsedMs();
    for (const { packet } of ready) if (!readySince.has(packet.payloadHash)) readySince.set(packet.payloadHash, nowMs);
    const newest = ready.findLastIndex(({ packet }) => {
      const isOld = nowMs - (readySince.get(packet.payloadHash) ?? nowMs) >= io.graceMs;
      return isOld && countOf(packet, at) > recorded;
    });
    const row = ready.slice(0, newest + 1);
    const step = row.find(({ isCommitted }) => !isCommitted) ?? row.at(-1);
    return step === undefined ? undefined : attempt(world, attempts, step, signal);
  };
}

interface World {
  readonly at: WitnessedEdge;
  readonly io: PacketDelivery;
  readonly ends: ReturnType<typeof layerZeroEnds>;
  /** Packets by the transaction that published them. */
  readonly packets: Map<TxHash, readonly LayerZeroPacket[]>;
  /** Since when the origin's provider has not known a transaction that published. */
  readonly unknownSince: Map<TxHash, number>;
  /** The first nonce that the endpoint would not accept, and since when the origin's provider has shown no other packet. */
  stuck: { readonly nonce: bigint; readonly sinceMs: number } | undefined;
}

function layerZeroEnds(at: WitnessedEdge) {
  const { witness, direction } = at;
  if (witness.kind !== 'layerzero') throw new TypeError(`${witness.name} is no witness over LayerZero`);
  const [near, far] =
    direction === 'to-ledger' ? [witness.atVault, witness.atLedger] : [witness.atLedger, witness.atVault];
  return { ...endsOf(at), nearEndpoint: address(near.endpoint), endpoint: address(far.endpoint) };
}

/** Returns the publishing transactions, oldest first, each with the highest count of this edge in it: 0 for another edge. */
function newestCounts(at: WitnessedEdge, published: PublicationBook): ReadonlyMap<TxHash, bigint> {
  const counts = new Map<TxHash, bigint>();
  for (const { edge, count, txHash } of published.list()) {
    const known = counts.get(txHash) ?? 0n;
    counts.set(txHash, edge === at.edge && count > known ? count : known);
  }
  return counts;
}

/** Returns the consecutive packets, from the endpoint's first undelivered nonce, that it would accept. */
async function readReady(
  world: World,
  published: ReadonlyMap<TxHash, bigint>,
  signal?: AbortSignal,
): Promise<readonly Ready[]> {
  const byNonce = new Map<bigint, LayerZeroPacket>();
  for (const kept of [world.packets, world.unknownSince])
    for (const txHash of kept.keys()) if (!published.has(txHash)) kept.delete(txHash);
  for (const txHash of published.keys())
    for (const packet of await readPackets(world, txHash, signal)) byNonce.set(packet.nonce, packet);
  const { published: book } = world.io;
  const isKnownWhole = [...published.keys()].every((txHash) => isKnown(world, txHash));
  const [any] = byNonce.values();
  if (any === undefined) {
    if (isKnownWhole) await book.lookOn(signal);
    return [];
  }
  const ready: Ready[] = [];
  const first = (await readPassed(world, any, signal)) + 1n;
  if (isKnownWhole && !byNonce.has(first)) {
    // The endpoint skips none: a packet published before all known ones blocks them.
    await ([...byNonce.keys()].some((nonce) => nonce > first) ? book.lookBack(signal) : book.lookOn(signal));
  }
  for (let nonce = first; ; nonce++) {
    const packet = byNonce.get(nonce);
    const isCommitted = packet !== undefined && (await readCommitted(world, packet, signal)) === packet.payloadHash;
    if (packet === undefined || (!isCommitted && !(await isVerified(world, packet, signal)))) {
      doubtFrom(world, nonce, byNonce);
      return ready;
    }
    ready.push({ packet, isCommitted });
  }
}

/** True too for a transaction that nobody has shown for the grace period: one provider may have made it up, and a page would wait for ever. */
function isKnown({ io, packets, unknownSince }: World, txHash: TxHash): boolean {
  const nowMs = io.clock.elapsedMs();
  return packets.has(txHash) || nowMs - (unknownSince.get(txHash) ?? nowMs) >= io.graceMs;
}

/**
 * Has the packets from a nonce on read again: most wait for verifiers, but one may be what a single provider invented, and would
 * block the true one for ever. A provider that has shown nothing verified for the grace period is left.
 */
function doubtFrom(world: World, nonce: bigint, byNonce: ReadonlyMap<bigint, LayerZeroPacket>): void {
  const { io, packets } = world;
  for (const [txHash, sent] of packets) if (sent.some((one) => one.nonce >= nonce)) packets.delete(txHash);
  if (![...byNonce.keys()].some((one) => one >= nonce)) {
    world.stuck = undefined;
    return;
  }
  const nowMs = io.clock.elapsedMs();
  const sinceMs = world.stuck?.nonce === nonce ? world.stuck.sinceMs : nowMs;
  const isLeft = nowMs - sinceMs >= io.graceMs;
  world.stuck = { nonce, sinceMs: isLeft ? nowMs : sinceMs };
  if (isLeft) io.distrustOrigin();
}

async function readPackets(
  { io, ends, packets, unknownSince }: World,
  txHash: TxHash,
  signal?: AbortSignal,
): Promise<readonly LayerZeroPacket[]> {
  const known = packets.get(txHash);
  if (known !== undefined) return known;
  const { near, far, nearEndpoint } = ends;
  const found = packetsIn(await io.readLogs(txHash, signal), { endpoint: nearEndpoint, near, far });
  // An empty result means that this provider does not know the transaction: ask again later.
  if (found.length > 0) {
    packets.set(txHash, found);
    unknownSince.delete(txHash);
  } else if (!unknownSince.has(txHash)) unknownSince.set(txHash, io.clock.elapsedMs());
  return found;
}

/** Returns the nonce up to which the endpoint has delivered or skipped packets. */
function readPassed({ io, ends }: World, { srcEid, sender }: LayerZeroPacket, signal?: AbortSignal): Promise<bigint> {
  const view = { to: ends.endpoint, abi: endpointAbi, functionName: 'lazyInboundNonce' };
  return readContractView(io.destination, { ...view, args: [ends.far, srcEid, sender] }, signal);
}

function readCommitted({ io, ends }: World, packet: LayerZeroPacket, signal?: AbortSignal): Promise<Bytes32> {
  const view = { to: ends.endpoint, abi: endpointAbi, functionName: 'inboundPayloadHash' };
  return readContractView(
    io.destination,
    { ...view, args: [ends.far, packet.srcEid, packet.sender, packet.nonce] },
    signal,
  );
}

/** Returns whether the library would commit the packet now: it checks its DVNs, the endpoint and the receiver. */
async function isVerified(world: World, packet: LayerZeroPacket, signal?: AbortSignal): Promise<boolean> {
  const call = { to: await readLibrary(world, packet, signal), calldata: commitCalldata(packet) };
  return (await world.io.destination.call(call, 'latest', signal)).kind === 'answer';
}

async function readLibrary({ io, ends }: World, { srcEid }: LayerZeroPacket, signal?: AbortSignal): Promise<Address> {
  const view = { to: ends.endpoint, abi: endpointAbi, functionName: 'getReceiveLibrary', args: [ends.far, srcEid] };
  const [library] = await readContractView<[Hex, boolean]>(io.destination, view, signal);
  return address(library);
}

/** Commits or delivers a packet, unless its attempts are used up or the last one is too recent. */
async function attempt(
  world: World,
  attempts: Map<string, Attempts>,
  step: Ready,
  signal?: AbortSignal,
): Promise<LandOutcome | undefined> {
  const nowMs = world.io.clock.elapsedMs();
  const name = `${step.isCommitted ? 'deliver' : 'commit'} ${step.packet.payloadHash}`;
  const known = attempts.get(name) ?? { spent: 0, made: 0, againAtMs: 0 };
  attempts.set(name, known);
  if (known.spent >= ATTEMPTS_MAX || nowMs < known.againAtMs) return undefined;
  known.againAtMs = nowMs + retryDelayMs(known.made++, RETRY_MS);
  const outcome = await (step.isCommitted ? deliver : commit)(world, step.packet, signal);
  if (outcome.kind === 'refused' || outcome.kind === 'reverted') known.spent++;
  return outcome;
}

async function commit(world: World, packet: LayerZeroPacket, signal?: AbortSignal): Promise<LandOutcome> {
  const { at, io } = world;
  return io.sender.land(
    {
      purpose: 'commit-packet',
      priority: 'upkeep',
      to: await readLibrary(world, packet, signal),
      calldata: commitCalldata(packet),
      gasCeiling: at.gasCeiling,
      readEffect: async (inner) =>
        (await readCommitted(world, packet, inner)) === packet.payloadHash ||
        (await readPassed(world, packet, inner)) >= packet.nonce,
    },
    signal,
  );
}

function deliver(world: World, packet: LayerZeroPacket, signal?: AbortSignal): Promise<LandOutcome> {
  const { at, io, ends } = world;
  const { srcEid, sender, nonce, guid, message } = packet;
  return io.sender.land(
    {
      purpose: 'deliver-head',
      priority: 'upkeep',
      to: ends.endpoint,
      calldata: encodeFunctionData({
        abi: endpointAbi,
        functionName: 'lzReceive',
        args: [{ srcEid, sender, nonce }, ends.far, guid, message, '0x'],
      }),
      gasCeiling: at.gasCeiling,
      readEffect: async (inner) => (await readCommitted(world, packet, inner)) !== packet.payloadHash,
    },
    signal,
  );
}

function commitCalldata({ header, payloadHash }: LayerZeroPacket): Hex {
  return encodeFunctionData({ abi: libraryAbi, functionName: 'commitVerification', args: [header, payloadHash] });
}

/** Returns the count of this edge in a packet, 0 for another edge. A message is edge ‖ count u64 ‖ head. */
function countOf({ message }: LayerZeroPacket, { edge }: WitnessedEdge): bigint {
  return message.startsWith(edge) ? BigInt(`0x${message.slice(66, 82)}`) : 0n;
}
