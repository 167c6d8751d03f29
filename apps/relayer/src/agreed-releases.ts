import type { Bytes32 } from '@surety/domain';
import { quorumSize } from '@surety/rpc';
import type { Ledger } from '@surety/workflows';
import { relayerError } from './errors.js';

/** Reads the ledger's record of a release. */
type ReleaseReader = Pick<Ledger, 'readReleased'>;

/**
 * Reads a record at each provider, and gives what a quorum of those that are configured answers: a refund that is journaled for a record
 * that is not there costs its gas and changes nothing. One that fails counts against the quorum.
 */
export function agreedReleases(readers: readonly ReleaseReader[], chainId: number): ReleaseReader {
  const quorum = quorumSize(readers.length);
  return {
    async readReleased(release, signal) {
      const settled = await Promise.allSettled(readers.map((reader) => reader.readReleased(release, signal)));
      const counts = new Map<Bytes32, number>();
      for (const one of settled) {
        if (one.status === 'fulfilled') counts.set(one.value, (counts.get(one.value) ?? 0) + 1);
      }
      const agreed = [...counts].find(([, count]) => count >= quorum);
      if (agreed !== undefined) return agreed[0];
      const seen = [...counts].map(([record, count]) => `${record} by ${count}`).join(', ') || 'nothing';
      throw relayerError(
        'NO_QUORUM',
        `${readers.length} providers of chain ${chainId} give ${seen} as the record of release ${release.seq} to source ${release.source}; expected one answer of ${quorum}`,
        { chain_id: chainId, source: release.source, seq: release.seq },
        true,
      );
    },
  };
}
