import type { EntryStage } from '@surety/workflows';

/** Progress of an entry of a journal: whether it is final, and how many have signed it. */
export interface AttestedProgress {
  readonly index: bigint;
  readonly attestedCount: bigint;
  /** True if its block is known to be final, or it is attested. */
  readonly isFinal: boolean;
  readonly signers: number;
  readonly quorum: number;
  /** True at source 0: nobody signs, and a final entry waits for whoever applies it. */
  readonly isLocal: boolean;
}

/** The facts that determine an entry's stage. */
export interface StageFacts extends AttestedProgress {
  readonly appliedCount: bigint;
  /** Reason for which the credit is parked; undefined if it is not. */
  readonly parkedFor: string | undefined;
}

/** The stage of an entry or a release, the reason for it, and the next step. */
export interface StageAnswer<Stage = EntryStage> {
  readonly stage: Stage;
  readonly reason: string | null;
  readonly next: string | null;
}

/** A lock at the vault itself, which nobody credited in the same transaction. */
const LOCAL_LOCK: StageAnswer = {
  stage: 'final',
  reason: 'it was locked beside the ledger and not credited yet; nobody signs there',
  next: 'anyone credits it: surety credit',
};

/** Returns an entry's stage, the reason for it, and who acts next. */
export function stageOf(facts: StageFacts): StageAnswer {
  const { index, appliedCount, attestedCount, isFinal, isLocal, signers, quorum, parkedFor } = facts;
  if (index <= appliedCount) {
    if (parkedFor === undefined) return { stage: 'applied', reason: null, next: null };
    return { stage: 'applied', reason: `the credit is parked: ${parkedFor}`, next: nextOfParked(parkedFor) };
  }
  if (index <= attestedCount) {
    return {
      stage: 'attested',
      reason: 'its head has enough signatures and waits for a transaction on the settlement chain',
      next: 'a relayer applies it; anyone may, with the statement and entries from this interface',
    };
  }
  if (isFinal && isLocal) return LOCAL_LOCK;
  if (isFinal) {
    return {
      stage: 'final',
      reason: `its block is final; ${signers} of the ${quorum} signatures it needs are there`,
      next: 'attesters sign at the next frame of the origin chain',
    };
  }
  return {
    stage: 'seen',
    reason: 'its block is not final on its chain yet',
    next: 'the origin chain makes the block final; nobody needs to act',
  };
}

/** End of each reason for which a credit is parked, and who may act on it. */
const NEXT_OF_PARKED: Readonly<Record<string, string>> = {
  UNCONFIRMED: 'witnesses confirm a count past it, or its date comes; then anyone calls unpark on the ledger',
  CAP: 'anyone calls unpark on the ledger once it fits under the cap and credit is not paused; its owner may release it',
  UNLISTED: 'the governor lists the asset, then anyone calls unpark on the ledger; its owner may release it',
  SEASON: 'anyone calls unpark on the ledger from its date on; its owner may release it then',
  FEE: 'anyone calls unpark on the ledger from its date on',
};

/** Returns what happens next to a parked credit and who may do it. */
export function nextOfParked(reason: string): string {
  return NEXT_OF_PARKED[reason] ?? 'it becomes usable when its reason is gone';
}
