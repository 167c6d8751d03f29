import { operatorError } from '../errors.js';
import type { ExitState, ExitVault } from './exit-vault.js';

/** Seconds without a newly made statement before an exit may be announced. @source VaultExitNotice.SILENCE_S */
export const EXIT_SILENCE_S = 2_592_000n;

/** The next act on the way to an open exit, or what it waits for; times in seconds. */
export type NextExitAct =
  /** The vault never accepted a statement: there is no block to prove anything in. */
  | { readonly kind: 'never' }
  /** The vault is on the ledger's own chain, so no attester can stop a release: it takes no announcement. */
  | { readonly kind: 'needless' }
  /** Anyone announces; the vault takes it from `fromS` on, earlier only if witnesses show hidden entries. */
  | { readonly kind: 'announce'; readonly fromS: bigint }
  /** Attesters may still answer the announcement. */
  | { readonly kind: 'wait'; readonly untilS: bigint }
  /** Anyone proves the ledger in the anchor block. */
  | { readonly kind: 'prove' }
  /** Anyone replays what the ledger's journal has beyond the replica. */
  | { readonly kind: 'replay' }
  /** The exit is open: owners claim. */
  | { readonly kind: 'claim' };

/** Returns what an exit needs next. */
export function nextExitAct({ source }: Pick<ExitVault, 'source'>, state: ExitState): NextExitAct {
  if (state.openedAt !== 0n) return { kind: 'claim' };
  if (source === 0) return { kind: 'needless' };
  if (state.asOf === 0n) return { kind: 'never' };
  if (state.announcedAt === 0n) return { kind: 'announce', fromS: state.asOf + EXIT_SILENCE_S };
  if (state.nowS < state.openableAt) return { kind: 'wait', untilS: state.openableAt };
  // A statement that was held back may have carried the replica past the proven count: prove its block.
  if (state.provenAt === 0n || state.replica.count >= state.count) return { kind: 'prove' };
  return { kind: 'replay' };
}

/** Refuses an exit that the vault will never open. @throws EXIT_REFUSED. */
export function requireOpenable(next: NextExitAct, chain: string): void {
  if (next.kind === 'needless') {
    throw operatorError(
      'EXIT_REFUSED',
      `the vault of ${chain} is on the ledger’s own chain; expected one that attesters serve: release at the ledger (surety release), which no attester can stop; nothing was sent`,
    );
  }
  if (next.kind === 'never') {
    throw operatorError(
      'EXIT_REFUSED',
      `the vault of ${chain} never accepted a statement; expected one: without an anchor block nothing can be proven, so nothing was sent`,
    );
  }
}
