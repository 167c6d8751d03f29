import { digestOf, recoverModelSigner } from './signature-model.js';
import { type Address, type Hex, type JournalHead, type StatementDomain } from '@surety/domain';
import type { PlantName } from './plants.js';

/** One attester set as its contract holds it. */
export interface ModelEpoch {
  readonly epoch: number;
  readonly members: readonly Address[];
  readonly quorum: number;
  readonly activeFromS: number;
  /** First second at which it is refused. */
  readonly expiresS: number;
}

/** Judges the signatures of a statement as `AttesterSet.verify` does; gives the error's name, or nothing. */
export function judgeSignatures(
  statement: JournalHead,
  signatures: Hex,
  at: { domain: StatementDomain; epochs: readonly ModelEpoch[]; timestampS: number; plant: PlantName | undefined },
): string | undefined {
  const { domain, epochs, timestampS, plant } = at;
  const epoch = epochs.find((one) => one.epoch === statement.epoch);
  if (epoch === undefined) return 'EpochUnknown';
  if (timestampS >= epoch.expiresS && plant !== 'accept-expired-epoch') return 'EpochExpired';
  const next = epochs.find((one) => one.epoch === statement.epoch + 1);
  const isActive =
    Number(statement.asOf) >= epoch.activeFromS && (next === undefined || Number(statement.asOf) < next.activeFromS);
  if (!isActive && plant !== 'accept-expired-epoch') return 'EpochNotActive';
  const digest = digestOf(statement, domain);
  const text = signatures.slice(2);
  let last = '';
  let valid = 0;
  for (let from = 0; from < text.length; from += 130) {
    const signer = recoverModelSigner(digest, `0x${text.slice(from, from + 130)}`);
    if (signer === undefined) return 'SignatureInvalid';
    if (signer <= last && plant !== 'accept-repeated-signer') return 'SignersNotAscending';
    if (!epoch.members.includes(signer)) return 'SignerUnknown';
    last = signer;
    valid += 1;
  }
  const needed = plant === 'accept-one-signature-less' ? epoch.quorum - 1 : epoch.quorum;
  return valid < needed ? 'TooFewSignatures' : undefined;
}
