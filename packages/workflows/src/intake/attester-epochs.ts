import type { Address, StatementDomain } from '@surety/domain';
import type { AttesterEpoch } from '../ports/epochs.js';

/**
 * True if a suspension has ended since epochs were read, so that they must be read again. In an epoch that has ended none
 * matters. Times in seconds.
 */
export function hasSuspensionEnded(epochs: readonly AttesterEpoch[], atSeconds: bigint): boolean {
  return epochs.some(
    ({ suspensionEnd, expires }) => suspensionEnd !== undefined && suspensionEnd <= atSeconds && atSeconds < expires,
  );
}

/** Returns the members in a verifier's bitmap, the lowest bit for the first member. @source AttesterSet.suspended */
export function membersOfBits(members: readonly Address[], bits: number): readonly Address[] {
  return members.filter((_, at) => ((bits >>> at) & 1) === 1);
}

/**
 * Returns the epoch e with activeFrom(e) ≤ asOf < activeFrom(e + 1); undefined if there is none.
 * @source PROTOCOL section 5
 */
export function attesterEpochAt(epochs: readonly AttesterEpoch[], asOf: bigint): AttesterEpoch | undefined {
  let found: AttesterEpoch | undefined;
  for (const epoch of epochs) {
    if (epoch.activeFrom <= asOf && (found === undefined || epoch.epoch > found.epoch)) found = epoch;
  }
  return found;
}

/** Returns from when on, in seconds, a member of an epoch has been one without a break. */
export function memberSince(epochs: readonly AttesterEpoch[], member: Address, of: AttesterEpoch): bigint {
  const before = epochs.find(({ epoch }) => epoch === of.epoch - 1);
  return before?.members.includes(member) === true ? memberSince(epochs, member, before) : of.activeFrom;
}

/** Returns the epochs of a member that have not expired at a time in seconds. */
export function unexpiredEpochsOf(
  epochs: readonly AttesterEpoch[],
  member: Address,
  atSeconds: bigint,
): readonly AttesterEpoch[] {
  return epochs.filter((epoch) => epoch.expires > atSeconds && epoch.members.includes(member));
}

/** True if a member is suspended in each of its epochs that have not expired at a time in seconds. */
export function isSuspendedAt(epochs: readonly AttesterEpoch[], member: Address, atSeconds: bigint): boolean {
  const own = unexpiredEpochsOf(epochs, member, atSeconds);
  return own.length > 0 && own.every(({ suspended }) => suspended.includes(member));
}

/** The attester sets of every verifier, each as of a final block of its chain. */
export class VerifierEpochs {
  readonly #read = new Map<string, { readonly epochs: readonly AttesterEpoch[]; readonly atSeconds: bigint }>();

  /** Replaces the sets of one verifier; `atSeconds` is the time of the block at which they were read. */
  set(verifier: StatementDomain, epochs: readonly AttesterEpoch[], atSeconds: bigint): void {
    this.#read.set(keyOf(verifier), { epochs, atSeconds });
  }

  /** Returns the sets of one verifier; none before they were read. */
  of(verifier: StatementDomain): readonly AttesterEpoch[] {
    return this.#read.get(keyOf(verifier))?.epochs ?? [];
  }

  /**
   * Returns the highest epoch that has ended at a verifier, 0 if none has: no block to come accepts a statement of it.
   * Ends ascend with the numbers. By the chain's time, as the verifier judges.
   * @source AttesterEpochs._usableEpoch
   */
  endedThrough(verifier: StatementDomain): number {
    const { epochs = [], atSeconds = 0n } = this.#read.get(keyOf(verifier)) ?? {};
    return epochs.reduce((top, { epoch, expires }) => (expires <= atSeconds && epoch > top ? epoch : top), 0);
  }
}

function keyOf({ chainId, verifyingContract }: StatementDomain): string {
  return `${chainId}:${verifyingContract}`;
}
