import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  address,
  bytes32,
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
  paddedAddress,
} from '@surety/domain';
import { type Log, parseAbi, parseEventLogs } from 'viem';

/** A LayerZero packet as the origin's endpoint emitted it. */
export interface LayerZeroPacket {
  /** Version, nonce, both chains and both contracts: 81 bytes. */
  readonly header: Hex;
  readonly nonce: bigint;
  readonly srcEid: number;
  readonly sender: Bytes32;
  readonly receiver: Address;
  readonly guid: Bytes32;
  readonly message: Hex;
  /** keccak256 of GUID and message: what verifiers sign and the endpoint stores. */
  readonly payloadHash: Bytes32;
}

const sentAbi = parseAbi(['event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)']);

/** @source LayerZero PacketV1Codec */
const AT = { nonce: 1, srcEid: 9, sender: 13, dstEid: 45, receiver: 49, guid: 81, message: 113 } as const;
const VERSION = 1;

/** Returns the packets that one contract sent to another, from a transaction's logs; other logs are skipped. */
export function packetsIn(
  logs: readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[],
  of: { readonly endpoint: Address; readonly near: Address; readonly far: Address },
): LayerZeroPacket[] {
  const own = logs.filter((log) => log.address === of.endpoint) as unknown as Log[];
  return parseEventLogs({ abi: sentAbi, logs: own, eventName: 'PacketSent' }).flatMap(({ args }) => {
    const packet = parsePacket(hexToBytes(args.encodedPayload));
    if (packet === undefined || packet.receiver !== of.far) return [];
    return packet.sender === paddedAddress(of.near) ? [packet] : [];
  });
}

function parsePacket(bytes: Uint8Array): LayerZeroPacket | undefined {
  if (bytes.length <= AT.message || bytes[0] !== VERSION) return undefined;
  const word = (from: number): Bytes32 => bytes32(bytesToHex(bytes.subarray(from, from + 32)));
  const nonce = bytes.subarray(AT.nonce, AT.srcEid);
  const guid = word(AT.guid);
  // The GUID covers path and nonce, so a provider cannot pass one packet off as another.
  const path = concatBytes(nonce, bytes.subarray(AT.srcEid, AT.guid));
  if (bytesToHex(keccak256(path)) !== guid) return undefined;
  return {
    header: bytesToHex(bytes.subarray(0, AT.guid)),
    nonce: bytesToUint(nonce),
    srcEid: Number(bytesToUint(bytes.subarray(AT.srcEid, AT.sender))),
    sender: word(AT.sender),
    receiver: address(bytesToHex(bytes.subarray(AT.receiver + 12, AT.guid))),
    guid,
    message: bytesToHex(bytes.subarray(AT.message)),
    payloadHash: bytes32(bytesToHex(keccak256(bytes.subarray(AT.guid)))),
  };
}
