import { secp256k1 as noble } from '@noble/curves/secp256k1.js';
import { keccak256 } from '@surety/contracts';
import { bytesToHex, uintToBytes } from '@surety/domain';
import { loadSecp256k1 } from '@surety/keys/recovery';
import { alternate } from '../alternate.js';
import { MeasurementError, type Measurement } from '../row.js';

const SIGNATURES = 300;

/** Recovering signers with the native library and with noble; public keys alone, since the address costs both the same. */
export const recoverRow: Measurement = {
  ids: ['signature.recover'],
  measure: async () => {
    const native = loadSecp256k1();
    const digests = Array.from({ length: SIGNATURES }, (_, at) => keccak256(uintToBytes(BigInt(at), 32)));
    const signed = digests.map((digest, at) => ({
      digest,
      ...native.ecdsaSign(digest, keccak256(uintToBytes(BigInt(at % 13) + 1n, 32))),
    }));
    const forNoble = signed.map(({ digest, signature, recid }) => {
      const bytes = new Uint8Array(65);
      bytes[0] = recid;
      bytes.set(signature, 1);
      return { digest, bytes };
    });
    const expected = signed.map((_, at) =>
      bytesToHex(native.publicKeyCreate(keccak256(uintToBytes(BigInt(at % 13) + 1n, 32)), true)),
    );
    const subject = (): string[] =>
      signed.map(({ digest, signature, recid }) => bytesToHex(native.ecdsaRecover(signature, recid, digest, true)));
    const reference = (): string[] =>
      forNoble.map(({ digest, bytes }) => bytesToHex(noble.recoverPublicKey(bytes, digest, { prehash: false })));
    if (JSON.stringify(subject()) !== JSON.stringify(expected)) throw new MeasurementError('another key is recovered');
    return [
      await alternate({
        id: 'signature.recover',
        subject: { items: SIGNATURES, run: subject },
        reference: { items: SIGNATURES, run: reference },
        unit: 'signatures/s',
        against: 'noble',
      }),
    ];
  },
};
