import type { Address, Bytes32, Hex } from '@surety/domain';
import type { ActSpec } from '../acts/act-spec.js';
import type { Call } from '../chains/simulate-call.js';
import type { ActTarget } from '../acts/find-target.js';

/**
 * One step of a migration. Each run reads its state again, so a run keeps nothing and may be interrupted anywhere:
 *
 *     done ← its effect is on its chain        open → sent, scheduled, or left to a role holder
 *     later ← a step before it is not done     refused → the migration stops there
 */
export type MigrationStep = CreateStep | DirectStep | ActStep | CheckStep | WaitStep;

interface StepBase {
  /** Its purpose, in words. */
  readonly title: string;
  readonly target: Omit<ActTarget, 'contract' | 'nowS'>;
}

/** A contract at an address that follows from its content. Any account may pay for its creation. */
export interface CreateStep extends StepBase {
  readonly kind: 'create';
  readonly address: Hex;
  readonly salt: Bytes32;
  readonly initCode: Hex;
}

/** A call that one person makes, with nothing in front of the contract that it calls. */
export interface DirectStep extends StepBase {
  readonly kind: 'direct';
  readonly by: Address;
  readonly call: Call;
  isDone(): Promise<boolean>;
}

/** An act of a role, or of anyone. */
export interface ActStep extends StepBase {
  readonly kind: 'act';
  readonly spec: ActSpec;
  readonly call: Call;
  /** One of several roles. */
  readonly as?: string;
  /** Its arguments follow from what a step before it leaves on a chain: it is not even scheduled before that is there. */
  readonly afterAll?: boolean;
  /** It is sent while steps before it wait in a timelock. */
  readonly beside?: boolean;
  /** A second scheduling does no harm: it is scheduled beside operations whose calls no log tells. */
  readonly isRepeatable?: boolean;
  /** Returns the call where it follows from what is on the chain now, in place of `call`; undefined while there is none. */
  readonly callNow?: () => Promise<Call | undefined>;
  /** Says what to do later, told once it is done or sent; empty if nothing. */
  readonly next?: () => Promise<string>;
  isDone(): Promise<boolean>;
}

/** Facts that must hold; checked again in each run. */
export interface CheckStep extends StepBase {
  readonly kind: 'check';
  /** Lists what does not hold: what was seen, what is expected, what to do. */
  problems(): Promise<readonly string[]>;
  /** It may fail while steps before it wait, and is over once this is so. */
  isPast?(): Promise<boolean>;
}

/** A time that must pass. */
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  /** Seconds; 0 once it is over. */
  until(): Promise<bigint>;
}

export interface Migration {
  readonly title: string;
  readonly steps: readonly MigrationStep[];
  /** Returns what to do off chain once every step is done. */
  afterwards(): Promise<readonly string[]>;
}

/** The state of a step after a run. */
export interface StepReport {
  readonly number: number;
  readonly chain: string;
  readonly title: string;
  readonly kind: MigrationStep['kind'];
  readonly state: 'done' | 'sent' | 'scheduled' | 'waiting' | 'left' | 'open' | 'later' | 'refused';
  /** The signer, its route and its delay. */
  readonly who: string;
  readonly note: string;
  /** A call that its role may send by other means. */
  readonly call?: Call;
}
