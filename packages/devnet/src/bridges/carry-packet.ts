import { keccak256 } from '@surety/contracts';
import { type Bytes32, type Hex, bytes32, bytesToHex, bytesToUint, concatBytes, hexToBytes } from '@surety/domain';
import { type PublicClient, concatHex, encodeFunctionData, parseAbi, parseEventLogs } from 'viem';
import type { DeployTarget } from '../chains/deploy-development.js';
import { devnetError } from '../errors.js';
import { callPart } from './bridge-code.js';
import type { DevnetDvn, LayerZeroChain } from './deploy-layer-zero.js';

const endpointAbi = parseAbi(['event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)']);
const receiveAbi = parseAbi([
  'function verify(bytes header, bytes32 payloadHash, uint64 confirmations)',
  'function commitVerification(bytes header, bytes32 payloadHash)',
]);
const dvnAbi = parseAbi([
  'struct Instruction { uint32 vid; address target; bytes callData; uint256 expiration; bytes signatures; }',
  'function hashCallData(uint32 vid, address target, bytes callData, uint256 expiration) view returns (bytes32)',
  'function execute(Instruction[] instructions)',
]);
const executorAbi = parseAbi([
  'struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }',
  'struct Execution { address receiver; Origin origin; bytes32 guid; bytes message; bytes extraData; uint256 gasLimit; }',
  'function execute302(Execution execution) payable',
]);

/** Bytes before the message: version, nonce, both chains and contracts; then its own name. @source PacketV1Codec */
const HEADER_BYTES = 81;
const GUID_BYTES = 32;
/** Lifetime of a verifier's instruction. */
const STANDS_S = 3600n;
const QUORUM = 2;

/** A packet of LayerZero's as its origin emitted it, or as somebody made it up. */
export interface CarriedPacket {
  readonly header: Hex;
  readonly guid: Bytes32;
  readonly message: Hex;
}

/** Returns the packets that one transaction sent. */
export async function readPackets(reader: PublicClient, txHash: Hex): Promise<CarriedPacket[]> {
  const { logs } = await reader.getTransactionReceipt({ hash: txHash });
  return parseEventLogs({ abi: endpointAbi, logs, eventName: 'PacketSent' }).map(({ args }) => {
    const bytes = hexToBytes(args.encodedPayload);
    return {
      header: bytesToHex(bytes.subarray(0, HEADER_BYTES)),
      guid: bytes32(bytesToHex(bytes.subarray(HEADER_BYTES, HEADER_BYTES + GUID_BYTES))),
      message: bytesToHex(bytes.subarray(HEADER_BYTES + GUID_BYTES)),
    };
  });
}

/** The same packet with another message, as a lying verifier would report it. */
export function forgePacket(packet: CarriedPacket, message: Hex): CarriedPacket {
  return { ...packet, message };
}

/** Makes one verifier attest that it saw a packet so many blocks ago, whether or not it did. */
export async function attestPacket(
  target: DeployTarget,
  { at, dvn }: { readonly at: LayerZeroChain; readonly dvn: DevnetDvn },
  { packet, confirmations }: { readonly packet: CarriedPacket; readonly confirmations: number },
): Promise<void> {
  const callData = encodeFunctionData({
    abi: receiveAbi,
    functionName: 'verify',
    args: [packet.header, payloadHashOf(packet), BigInt(confirmations)],
  });
  const { timestamp } = await target.reader.getBlock();
  const instruction = {
    vid: at.eid % 30_000,
    target: at.receiveLibrary,
    callData,
    expiration: timestamp + STANDS_S,
  } as const;
  const hash = await target.reader.readContract({
    address: dvn.address,
    abi: dvnAbi,
    functionName: 'hashCallData',
    args: [instruction.vid, instruction.target, instruction.callData, instruction.expiration],
  });
  const signatures = await Promise.all(
    dvn.signers.slice(0, QUORUM).map(({ account }) => account.signMessage({ message: { raw: hash } })),
  );
  await callPart(target, dvn.address, {
    name: `${dvn.operator}.execute`,
    data: encodeFunctionData({
      abi: dvnAbi,
      functionName: 'execute',
      args: [[{ ...instruction, signatures: concatHex(signatures) }]],
    }),
  });
}

/** Writes down that all verifiers agree. Anyone may. */
export async function commitPacket(target: DeployTarget, at: LayerZeroChain, packet: CarriedPacket): Promise<void> {
  await callPart(target, at.receiveLibrary, {
    name: 'ReceiveUln302.commitVerification',
    data: encodeFunctionData({
      abi: receiveAbi,
      functionName: 'commitVerification',
      args: [packet.header, payloadHashOf(packet)],
    }),
  });
}

/** Executes a verified packet. A receiver's refusal is an event of the endpoint and reverts nothing. */
export async function executePacket(
  target: DeployTarget,
  at: LayerZeroChain,
  { packet, gas }: { readonly packet: CarriedPacket; readonly gas: bigint },
): Promise<void> {
  const header = hexToBytes(packet.header, HEADER_BYTES);
  const word = (from: number): Bytes32 => bytes32(bytesToHex(header.subarray(from, from + 32)));
  const execution = {
    receiver: bytesToHex(header.subarray(61, 81)),
    origin: {
      srcEid: Number(bytesToUint(header.subarray(9, 13))),
      sender: word(13),
      nonce: bytesToUint(header.subarray(1, 9)),
    },
    guid: packet.guid,
    message: packet.message,
    extraData: '0x',
    gasLimit: gas,
  } as const;
  await callPart(target, at.executor, {
    name: 'Executor.execute302',
    data: encodeFunctionData({ abi: executorAbi, functionName: 'execute302', args: [execution] }),
  });
}

/** Makes every verifier attest that it saw a packet. @throws STORY_BROKE if there is none. */
export async function attestAll(
  target: DeployTarget,
  at: LayerZeroChain,
  { packet, confirmations }: { readonly packet: CarriedPacket; readonly confirmations: number },
): Promise<void> {
  if (at.dvns.length === 0) throw devnetError('STORY_BROKE', `LayerZero chain ${at.eid} has no verifier`);
  for (const dvn of at.dvns) await attestPacket(target, { at, dvn }, { packet, confirmations });
}

/** Commits and executes a verified packet, as the executor does. */
export async function handOver(
  target: DeployTarget,
  at: LayerZeroChain,
  { packet, gas }: { readonly packet: CarriedPacket; readonly gas: bigint },
): Promise<void> {
  await commitPacket(target, at, packet);
  await executePacket(target, at, { packet, gas });
}

/** Has every verifier attest a packet, then commits and executes it: LayerZero's paid service. */
export async function carryPacket(
  target: DeployTarget,
  at: LayerZeroChain,
  {
    packet,
    confirmations,
    gas,
  }: { readonly packet: CarriedPacket; readonly confirmations: number; readonly gas: bigint },
): Promise<void> {
  await attestAll(target, at, { packet, confirmations });
  await handOver(target, at, { packet, gas });
}

function payloadHashOf({ guid, message }: CarriedPacket): Bytes32 {
  return bytes32(bytesToHex(keccak256(concatBytes(hexToBytes(guid, GUID_BYTES), hexToBytes(message)))));
}
