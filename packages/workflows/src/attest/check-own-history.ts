import { AppError, type Bytes32, type StatementDomain } from '@surety/domain';
import type { AggregatorApi, AttestedStatement } from '../ports/aggregator-api.js';
import type { Attester, SignedStatement, SigningHistory } from '../ports/attester.js';
import type { Observer } from '../ports/observer.js';
import { attestError } from './errors.js';
import type { SigningPermit } from './signing-permit.js';

/** Hex digits of one signature of 65 bytes. */
const SIGNATURE_DIGITS = 130;

/** What the check at a start needs. */
export interface CheckOwnHistoryOptions {
  readonly edge: Bytes32;
  readonly domain: StatementDomain;
  readonly attester: Attester;
  readonly history: SigningHistory;
  readonly aggregator: AggregatorApi;
  readonly aggregatorName: string;
  readonly permit: SigningPermit;
  readonly observer: Observer;
}

/**
 * Gives the question to an aggregator for statements that this attester signed and its history does not know. Its own
 * signature cannot be forged, so one found proves that the history is older than the key's acts: the permit is refused and
 * the history retired for ever. Finding none, or getting no answer, proves nothing; the question says whether an answer came. Asked again later, it
 * still begins where the history stood at first: what is signed meanwhile does not hide what was signed before.
 * @source PROTOCOL section 4, point 5
 */
export function checkOwnHistory(options: CheckOwnHistoryOptions): (signal: AbortSignal) => Promise<boolean> {
  const { edge, attester, history, aggregator, domain } = options;
  let after: bigint | undefined;
  return async (signal) => {
    try {
      after ??= (await history.readHighestCount(edge)) ?? 0n;
      const found = await aggregator.readAttested(edge, { after }, signal);
      for (const attested of found) {
        const own = ownPart(attested, attester);
        if (own === undefined) continue;
        const judged = await attester.judge(own, domain);
        if (judged === 'unknown' || judged === 'contradicted') await refuse(options, own);
      }
      return true;
    } catch (error) {
      if (!signal.aborted) observeUnasked(options, error);
      return false;
    }
  };
}

function ownPart(
  { statement, signers, signatures }: AttestedStatement,
  attester: Attester,
): SignedStatement | undefined {
  const at = signers.indexOf(attester.address);
  if (at === -1) return undefined;
  const digits = signatures.slice(2 + at * SIGNATURE_DIGITS, 2 + (at + 1) * SIGNATURE_DIGITS);
  return { statement, signer: attester.address, signature: `0x${digits}` };
}

async function refuse(options: CheckOwnHistoryOptions, own: SignedStatement): Promise<void> {
  const { edge, attester, history, permit, observer, aggregatorName } = options;
  const { count } = own.statement;
  const refusal = attestError(
    'HISTORY_OLDER',
    `${aggregatorName} holds a valid signature of ${attester.address} for count ${count} of edge ${edge}, which the signing ` +
      'history does not know: the history was lost or restored from an old copy. This key never signs again; rotate to a new one',
  );
  if (permit.refusal === undefined) {
    observer.observe({
      name: 'signing-refused',
      level: 'error',
      fields: { edge, count, code: refusal.code, detail: refusal.message },
    });
  }
  permit.refuse({ code: refusal.code, detail: refusal.message });
  // The next start may find no aggregator that still shows it.
  await history.retire(refusal.message);
}

function observeUnasked({ edge, aggregatorName, observer }: CheckOwnHistoryOptions, error: unknown): void {
  observer.observe({
    name: 'own-history-unasked',
    level: 'debug',
    fields: { edge, aggregator: aggregatorName, code: error instanceof AppError ? error.code : 'UNKNOWN' },
  });
}
