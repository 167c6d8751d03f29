import { type Hex, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { BatchSource } from '../ports/batch-source.js';
import type { Verifier } from '../ports/verifier.js';
import { EPOCHS_PER_PASS_MAX } from './limits.js';

const SIGNATURE_BYTES = 65;

/**
 * Returns a source without signatures of suspended members, since the verifier refuses a whole batch for one of them. A
 * statement with too few signatures left is omitted, and so are statements above the limit on epochs per pass. Sources
 * may learn of a suspension later than the verifier.
 * @throws while it is read, the errors of the source and the verifier.
 */
export function leaveOutSuspended(source: BatchSource, verifier: Verifier): BatchSource {
  return {
    readEntries: (edge, from, to, signal) => source.readEntries(edge, from, to, signal),
    async readAttested(edge, counts, signal) {
      const attested = await source.readAttested(edge, counts, signal);
      const named = [...new Set(attested.map(({ statement }) => statement.epoch))].slice(0, EPOCHS_PER_PASS_MAX);
      const epochs = new Map<number, Awaited<ReturnType<Verifier['readSuspended']>>>();
      for (const epoch of named) epochs.set(epoch, await verifier.readSuspended(epoch, signal));
      return attested.flatMap((one) => {
        if (!epochs.has(one.statement.epoch)) return [];
        const epoch = epochs.get(one.statement.epoch);
        if (epoch === undefined || !one.signers.some((signer) => epoch.suspended.includes(signer))) return [one];
        const good = one.signers.flatMap((signer, at) => (epoch.suspended.includes(signer) ? [] : [at]));
        return good.length < epoch.quorum ? [] : [signedBy(one, good)];
      });
    },
  };
}

function signedBy({ statement, signers, signatures }: AttestedStatement, places: readonly number[]): AttestedStatement {
  const bytes = hexToBytes(signatures);
  const kept = places.map((at) => bytes.subarray(SIGNATURE_BYTES * at, SIGNATURE_BYTES * (at + 1)));
  const packed: Hex = bytesToHex(concatBytes(...kept));
  return { statement, signers: signers.filter((_, at) => places.includes(at)), signatures: packed };
}
