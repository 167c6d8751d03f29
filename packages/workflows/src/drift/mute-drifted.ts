import type { HeadConfirmer, HeadPublisher } from '../ports/witness.js';

/** Passes over a witness while `isTrusted` says no: it reads as one that is not listened to, so nothing is published over it. */
export function mutePublisher(publisher: HeadPublisher, isTrusted: () => boolean): HeadPublisher {
  return {
    ...publisher,
    readRecord: async (signal) => {
      const record = await publisher.readRecord(signal);
      return isTrusted() ? record : { ...record, conflicted: true };
    },
  };
}

/** Hands in nothing for a witness, and finds nothing to confirm, while `isTrusted` says no; a conflict that is on record is still read. */
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
