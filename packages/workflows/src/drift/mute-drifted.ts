import { ZERO_WORD, bytes32 } from '@surety/domain';
import type { HeadConfirmer, HeadPublisher, WitnessRecord } from '../ports/witness.js';

/** The record of a muted witness. */
const UNHEARD: WitnessRecord = { recorded: 0n, head: bytes32(ZERO_WORD), confirmed: 0n, conflicted: true };

/**
 * Mutes a publisher while `isTrusted` returns false: it then reports its witness as one that does not count, so nothing
 * is published over it.
 */
export function mutePublisher(publisher: HeadPublisher, isTrusted: () => boolean): HeadPublisher {
  return {
    ...publisher,
    // Checked before any read: an untrusted contract may have no code any more.
    readRecord: async (signal) => (isTrusted() ? publisher.readRecord(signal) : UNHEARD),
  };
}

/**
 * Makes a confirmer that delivers nothing and finds nothing to confirm while `isTrusted` is false. A recorded conflict is still
 * read.
 */
export function muteConfirmer(confirmer: HeadConfirmer, isTrusted: () => boolean): HeadConfirmer {
  return {
    ...confirmer,
    deliver: async (signal) => (isTrusted() ? confirmer.deliver(signal) : undefined),
    readRecord: async (signal) => {
      const record = await confirmer.readRecord(signal);
      return isTrusted() ? record : { ...record, recorded: record.confirmed };
    },
  };
}
