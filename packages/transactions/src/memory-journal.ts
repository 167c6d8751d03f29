import type { Address } from '@surety/domain';
import type { TransactionAttempt, TransactionJournal } from '@surety/workflows';

/** Keeps attempts in memory: enough while effects are read from the chain before anything is sent again. */
export function createMemoryJournal(): TransactionJournal {
  const open = new Map<string, TransactionAttempt[]>();
  const key = (sender: Address, nonce: bigint): string => `${sender}:${nonce}`;
  return {
    record: (attempt) => {
      const attempts = open.get(key(attempt.sender, attempt.nonce)) ?? [];
      open.set(key(attempt.sender, attempt.nonce), [...attempts, attempt]);
      return Promise.resolve();
    },
    settle: (sender, nonce) => {
      open.delete(key(sender, nonce));
      return Promise.resolve();
    },
    loadOpen: (sender) => Promise.resolve([...open.values()].flat().filter((attempt) => attempt.sender === sender)),
  };
}
