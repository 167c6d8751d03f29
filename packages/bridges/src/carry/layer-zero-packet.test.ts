import { address, bytesToHex, paddedAddress } from '@surety/domain';
import { PacketV1Codec, calculateGuid } from '@layerzerolabs/lz-v2-utilities';
import { type Hex, concatHex, encodeAbiParameters, keccak256, numberToHex, pad, parseAbi, toEventSelector } from 'viem';
import { expect, test } from 'vitest';
import { packetsIn } from './layer-zero-packet.js';

const ENDPOINT = address(`0x${'e0'.repeat(20)}`);
const [PACKET_SENT] = parseAbi(['event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)']);

/** mulberry32: small, seeded and good enough to draw packets. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function logOf(encoded: Hex) {
  const data = encodeAbiParameters(
    [{ type: 'bytes' }, { type: 'bytes' }, { type: 'address' }],
    [encoded, '0x', ENDPOINT],
  );
  return { address: ENDPOINT, topics: [toEventSelector(PACKET_SENT)], data };
}

test('a packet is decoded like LayerZero’s own codec encodes it', () => {
  const random = randomOf(20_261_123);
  const bytes = (length: number): Hex => bytesToHex(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
  for (let draw = 0; draw < 200; draw++) {
    const [near, far] = [address(bytes(20)), address(bytes(20))];
    const path = {
      nonce: String(1 + Math.floor(random() * 2 ** 40)),
      srcEid: 1 + Math.floor(random() * 2 ** 31),
      sender: paddedAddress(near),
      dstEid: 1 + Math.floor(random() * 2 ** 31),
      receiver: paddedAddress(far),
    };
    const message = bytes(1 + Math.floor(random() * 100));
    const guid = calculateGuid(path);
    const payload = concatHex([guid as Hex, message]);
    const encoded = PacketV1Codec.encode({ version: 1, ...path, guid, message, payload }) as Hex;
    const codec = PacketV1Codec.from(encoded);
    const [packet] = packetsIn([logOf(encoded)], { endpoint: ENDPOINT, near, far });
    expect(packet).toEqual({
      header: codec.header(),
      nonce: BigInt(codec.nonce()),
      srcEid: codec.srcEid(),
      sender: codec.sender(),
      receiver: codec.receiverAddressB20().toLowerCase(),
      guid: codec.guid(),
      message: codec.message(),
      payloadHash: codec.payloadHash(),
    });
  }
});

test('a packet whose GUID does not match its path is rejected', () => {
  const [near, far] = [address(`0x${'a1'.repeat(20)}`), address(`0x${'b2'.repeat(20)}`)];
  const path = concatHex([
    numberToHex(5, { size: 8 }),
    numberToHex(30_101, { size: 4 }),
    paddedAddress(near),
    numberToHex(30_110, { size: 4 }),
    pad(far),
  ]);
  const of = { endpoint: ENDPOINT, near, far };
  const encoded = (guid: Hex): Hex => concatHex(['0x01', path, guid, '0x77']);
  expect(packetsIn([logOf(encoded(keccak256(path)))], of)).toHaveLength(1);
  expect(packetsIn([logOf(encoded(keccak256('0x77')))], of)).toEqual([]);
});
