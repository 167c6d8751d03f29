import { type Address, type Bytes32, CUT_LENGTH, type Hex, type Keccak256, statementDigest } from '@surety/domain';
import type { SignedStatement } from '../ports/attester.js';
import { type VerifierEpochs, attesterEpochAt } from './attester-epochs.js';
import type { EdgeNames } from './edge-names.js';
import type { JudgedStatement } from './intake-store.js';
import { type KnownEdge, isLocalEdge } from './known-edge.js';
import { AS_OF_AHEAD_MAX_S } from './limits.js';

/** Recovers the signer of a digest from r ‖ s ‖ v; undefined if the bytes are no signature, or its s is high. */
export type RecoverSigner = (digest: Bytes32, signature: Hex) => Address | undefined;

/** Code of a refused statement or batch of entries. */
export type RefusalCode =
  | 'UNKNOWN_EDGE'
  | 'FORMER_NAME'
  | 'EDGE_LOCAL'
  | 'NOT_A_CUT'
  | 'AS_OF_AHEAD'
  | 'EPOCHS_UNREAD'
  | 'WRONG_EPOCH'
  | 'EPOCH_ENDED'
  | 'BAD_SIGNATURE'
  | 'NOT_A_MEMBER'
  | 'SIGNER_SUSPENDED'
  | 'HEAD_MISMATCH'
  | 'CONTRADICTION'
  | 'BAD_LENGTH'
  | 'CONFLICT'
  | 'TOO_MANY';

/** A refusal with an explanation. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly detail: string;
}

/** The deployment facts needed for validation. */
export interface JudgeContext {
  readonly names: EdgeNames;
  readonly epochs: VerifierEpochs;
  /** Seconds. */
  readonly nowS: bigint;
  readonly keccak256: Keccak256;
  readonly recoverSigner: RecoverSigner;
}

/** Builds a refusal. */
export function refuse(code: RefusalCode, detail: string): Refusal {
  return { kind: 'refused', code, detail };
}

/**
 * Validates one signed statement by itself: its edge, shape, epoch, signature and signer, in this order. The intake
 * compares it with other statements and entries.
 */
export function judgeStatement(signed: SignedStatement, context: JudgeContext): Refusal | JudgedStatement {
  const { statement } = signed;
  const named = context.names.of(statement.edge);
  if (named === undefined) {
    return refuse(
      'UNKNOWN_EDGE',
      `${statement.edge} is none of the ${context.names.size} names that statements carry in this deployment; if a replica was rewound just now, hand the statement in again once that is folded`,
    );
  }
  if (named.kind === 'former') {
    return refuse(
      'FORMER_NAME',
      `${statement.edge} named edge ${named.known.edgeId} before its replica was rewound; statements carry ${named.present} now, and the replica takes no other`,
    );
  }
  const { known: edge } = named;
  const local = refuseLocal(edge);
  if (local !== undefined) return local;
  const misshapen = judgeShape(signed, edge.edgeId);
  if (misshapen !== undefined) return misshapen;
  if (statement.asOf > context.nowS + AS_OF_AHEAD_MAX_S) {
    return refuse(
      'AS_OF_AHEAD',
      `the statement speaks of ${statement.asOf}, now it is ${context.nowS}; expected at most ${AS_OF_AHEAD_MAX_S} s ahead`,
    );
  }
  const epochs = context.epochs.of(edge.domain);
  if (epochs.length === 0) return refuseUnread(edge.domain.verifyingContract);
  const epoch = attesterEpochAt(epochs, statement.asOf);
  if (epoch === undefined || epoch.epoch !== statement.epoch) {
    const expected = epoch === undefined ? 'no epoch at all' : `epoch ${epoch.epoch}`;
    return refuse(
      'WRONG_EPOCH',
      `the statement names epoch ${statement.epoch}; at its time ${statement.asOf} it is ${expected}`,
    );
  }
  if (epoch.epoch <= context.epochs.endedThrough(edge.domain)) {
    return refuse(
      'EPOCH_ENDED',
      `epoch ${epoch.epoch} ended at ${epoch.expires}; ${edge.domain.verifyingContract} takes nothing of it any more, its successor states the same again`,
    );
  }
  const digest = statementDigest(statement, edge.domain, context.keccak256);
  const signer = context.recoverSigner(digest, signed.signature);
  if (signer === undefined || signer !== signed.signer) {
    return refuse(
      'BAD_SIGNATURE',
      `the signature over ${digest} is ${signer ?? 'nobody'}'s; expected ${signed.signer}'s, low-s`,
    );
  }
  if (!epoch.members.includes(signer)) {
    return refuse('NOT_A_MEMBER', `${signer} is none of the ${epoch.members.length} members of epoch ${epoch.epoch}`);
  }
  if (epoch.suspended.includes(signer)) {
    return refuse(
      'SIGNER_SUSPENDED',
      `${signer} is suspended in epoch ${epoch.epoch}; the verifier takes nothing of it`,
    );
  }
  return { ...signed, edge: edge.edgeId, digest, quorum: epoch.quorum };
}

/** Refuses what cannot be judged yet: right after a start the verifier's sets are not read, which says nothing against a signer. */
export function refuseUnread(verifier: Address): Refusal {
  return refuse('EPOCHS_UNREAD', `the attester sets of ${verifier} are not read yet; hand it in again in a moment`);
}

/** Refuses whatever is handed in for an edge within one chain. */
export function refuseLocal(known: KnownEdge): Refusal | undefined {
  if (!isLocalEdge(known)) return undefined;
  const detail = `edge ${known.edgeId} stays on chain ${known.edge.originChainId}, where its reader asks the journal itself; hand nothing in for source ${known.source}`;
  return refuse('EDGE_LOCAL', detail);
}

function judgeShape({ statement }: SignedStatement, edge: Bytes32): Refusal | undefined {
  const { count, tip, head } = statement;
  const isCut = count < tip && count > 0n && count % CUT_LENGTH === 0n;
  if (count !== tip && !isCut) {
    return refuse('NOT_A_CUT', `count ${count} is neither the tip ${tip} nor a multiple of ${CUT_LENGTH} below it`);
  }
  if (count === 0n && head !== edge) {
    return refuse('HEAD_MISMATCH', `an empty journal has the head ${edge}; the statement says ${head}`);
  }
  return undefined;
}
