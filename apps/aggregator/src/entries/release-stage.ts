import type { OpenPaymentState, ReleaseStageName } from '@surety/api';
import type { GlancedPayment, PaymentRow } from '@surety/workflows';
import { wordText } from '../follow/edge-condition.js';
import type { AttestedProgress, StageAnswer } from './stage-of.js';

/** The facts that determine a release's stage. */
export interface ReleaseStageFacts extends AttestedProgress {
  /** Entries that the vault has recorded, at most those attested or folded. */
  readonly recordedCount: bigint;
  /** The vault's row at a final block. */
  readonly payment: Pick<PaymentRow, 'state' | 'readyAt' | 'reason' | 'stopReason'> | undefined;
  /** True once the ledger gave back what a stopped payment had debited. */
  readonly isRefunded?: boolean;
  /** Facts from blocks that are not final. */
  readonly glanced: GlancedPayment | undefined;
  /** Seconds. */
  readonly nowS: bigint;
}

/** A release's stage, the reason for it, and the next step. */
export type ReleaseStageAnswer = StageAnswer<ReleaseStageName>;

const PAID: ReleaseStageAnswer = { stage: 'paid', reason: null, next: null };
const PAYING: ReleaseStageAnswer = {
  stage: 'paying',
  reason: 'it was paid in a block that is not final yet',
  next: 'the vault’s chain makes the block final; nobody needs to act',
};
const CLAIMABLE: ReleaseStageAnswer = {
  stage: 'claimable',
  reason: 'its transfer failed, or its recipient cannot be paid',
  next: 'anyone calls claim on the vault once its recipient can receive the token',
};
const REFUSED: ReleaseStageAnswer = {
  stage: 'refused',
  reason: 'the vault refused an entry that no honest ledger journals, and quarantined the edge',
  next: 'the operators compare the ledger’s journal with what was attested',
};

const VOIDED: ReleaseStageAnswer = {
  stage: 'refused',
  reason: 'the vault unwound it, so its payment is void',
  next: 'the rewind ends; if the ledger journaled the release, it is recorded again then, and paid',
};

/** A release that was requested at the ledger itself, towards the vault beside it. */
const LOCAL_RELEASE: ReleaseStageAnswer = {
  stage: 'final',
  reason: 'the vault beside the ledger has not recorded it yet; nobody signs there',
  next: 'anyone delivers it: surety deliver',
};

const REFUNDED: ReleaseStageAnswer = {
  stage: 'refunded',
  reason: 'the vault stopped its payment, and the amount came back to the account that was debited',
  next: null,
};

/** Returns where a stopped release stands, with the word of whoever stopped it. */
function stoppedAnswer(isLocal: boolean, stopReason?: PaymentRow['stopReason']): ReleaseStageAnswer {
  const said = stopReason == null ? '' : wordText(stopReason);
  return {
    stage: 'stopped',
    reason: `the vault stopped its payment${said === '' ? '' : `: ${said}`}`,
    next: isLocal
      ? 'anyone journals its refund (surety refund) and credits it (surety credit): the account gets the amount back'
      : 'attesters sign the vault’s journal, and anyone applies its refund at the ledger: the account gets the amount back',
  };
}

/** Returns a release's stage with the reason why it stands there and who acts next. */
export function releaseStageOf(facts: ReleaseStageFacts): ReleaseStageAnswer {
  const { index, recordedCount, attestedCount, isFinal, isLocal, signers, quorum, payment, glanced } = facts;
  if (payment?.state === 'NONE') return REFUSED;
  if (payment?.state === 'VOID') return VOIDED;
  if (payment?.state === 'PAID') return PAID;
  if (payment?.state === 'STOPPED')
    return facts.isRefunded === true ? REFUNDED : stoppedAnswer(isLocal, payment.stopReason);
  if (glanced?.state === 'PAID') return PAYING;
  if (glanced?.state === 'STOPPED') return stoppedAnswer(isLocal);
  if (payment?.state === 'CLAIMABLE' || glanced?.state === 'CLAIMABLE') return CLAIMABLE;
  if (index <= recordedCount) return openAnswer(payment?.readyAt ?? glanced?.readyAt, facts.nowS);
  if (index <= attestedCount) {
    return {
      stage: 'attested',
      reason: 'its head has enough signatures and waits for a transaction on the vault’s chain',
      next: 'a relayer records it at the vault; anyone may, with the statement and entries from this interface',
    };
  }
  if (isFinal && isLocal) return LOCAL_RELEASE;
  if (isFinal) {
    return {
      stage: 'final',
      reason: `its block is final; ${signers} of the ${quorum} signatures it needs are there`,
      next: 'attesters sign at the next frame of the settlement chain',
    };
  }
  return {
    stage: 'requested',
    reason: 'its block is not final on the settlement chain yet',
    next: 'the settlement chain makes the block final; nobody needs to act',
  };
}

/** Returns how an open payment is listed. */
export function openStateOf({ stage }: ReleaseStageAnswer): OpenPaymentState | undefined {
  return stage === 'recorded' || stage === 'payable' || stage === 'paying' || stage === 'claimable' ? stage : undefined;
}

function openAnswer(readyAt: bigint | undefined, nowS: bigint): ReleaseStageAnswer {
  if (readyAt === undefined || readyAt > nowS) {
    return {
      stage: 'recorded',
      reason: readyAt === undefined ? 'the vault has recorded it' : `the vault pays it from ${readyAt} on`,
      next: 'its time comes; nobody needs to act',
    };
  }
  return {
    stage: 'payable',
    reason: 'nobody has paid it yet',
    next: 'a relayer pays it; anyone may call pay on the vault',
  };
}
