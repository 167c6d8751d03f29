import type { TransactionAttempt, TransactionJournal } from '@surety/workflows';
import { DAY_MS } from './limits.js';

/** Keeps attempts and costs in memory, for a short-lived process such as a command. */
export function createMemoryJournal(): TransactionJournal {
  const open = new Map<string, TransactionAttempt[]>();
  const spent = new Map<string, { readonly costWei: bigint; readonly atMs: number }>();
  const walletOf = (of: { chainId: number; sender: string }): string => `${of.chainId}:${of.sender}`;
  const key = (of: { chainId: number; sender: string; nonce: bigint }): string => `${walletOf(of)}:${of.nonce}`;
  return {
    async record(attempt) {
      open.set(key(attempt), [...(open.get(key(attempt)) ?? []), attempt]);
    },
    async withdraw(attempt) {
      const left = (open.get(key(attempt)) ?? []).filter(({ txHash }) => txHash !== attempt.txHash);
      if (left.length > 0) open.set(key(attempt), left);
      else open.delete(key(attempt));
    },
    async spend(spending) {
      spent.set(key(spending), spending);
    },
    async forget(of) {
      open.delete(key(of));
    },
    loadOpen: async (of) => [...open.values()].flat().filter((attempt) => walletOf(attempt) === walletOf(of)),
    async loadSpentWei(of) {
      const isOfDay = (atMs: number): boolean => atMs >= of.sinceMs && atMs < of.sinceMs + DAY_MS;
      const ours = [...spent].filter(([name, { atMs }]) => name.startsWith(`${walletOf(of)}:`) && isOfDay(atMs));
      return ours.reduce((sum, [, { costWei }]) => sum + costWei, 0n);
    },
  };
}
