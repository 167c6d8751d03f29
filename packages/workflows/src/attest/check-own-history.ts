import { AppError, type Bytes32, type StatementDomain } from '@surety/domain';
import type {
  Attester,
  FoundStatement,
  OwnStatementSource,
  SignedStatement,
  SigningHistory,
} from '../ports/attester.js';
import type { Observer } from '../ports/observer.js';
import { attestError } from './errors.js';
import { OWN_HISTORY_OVERLAP } from './limits.js';
import type { SigningPermit } from './signing-permit.js';

/** Hex digits of one signature of 65 bytes. */
const SIGNATURE_DIGITS = 130;

/**
 * Members of the largest set. A longer list of signatures comes from a stranger, and each signature costs a recovery.
 * @source PROTOCOL section 5
 */
const SIGNATURES_MAX = 31;

/** Ports of {@link checkOwnHistory}. */
export interface CheckOwnHistoryOptions {
  readonly edge: Bytes32;
  readonly domain: StatementDomain;
  readonly attester: Attester;
  readonly history: SigningHistory;
  readonly source: OwnStatementSource;
  readonly permit: SigningPermit;
  readonly observer: Observer;
}

/**
 * Creates the check of one source: does it hold statements that this attester signed and its history lacks? Signatures
 * cannot be forged, so one such statement proves that the history is older than the key's last signature; the permit is
 * then refused and the history retired permanently. An empty answer, or none, proves nothing; the result says which it
 * was. Later repetitions still start at the history's first position, so new signatures do not hide older ones. What a
 * part of the source shows after its answer is judged alike: `onLate` gets whether that went well.
 * @source PROTOCOL section 4, point 5
 */
export function checkOwnHistory(
  options: CheckOwnHistoryOptions,
): (signal: AbortSignal, onLate?: (judged: Promise<boolean>) => void) => Promise<boolean> {
  const { edge, attester, history, source, domain } = options;
  let after: bigint | undefined;
  const judgeFound = async (reading: Promise<readonly FoundStatement[]>, signal: AbortSignal): Promise<boolean> => {
    try {
      for (const own of (await reading).flatMap((one) => partsOf(one, attester))) {
        const judged = await attester.judge(own, domain);
        if (judged === 'unknown' || judged === 'contradicted') await refuse(options, own, judged);
      }
      return true;
    } catch (error) {
      if (!signal.aborted) observeUnasked(options, error);
      return false;
    }
  };
  return (signal, onLate) => {
    const read = async (): Promise<readonly FoundStatement[]> => {
      after ??= await firstCount(history, edge);
      return source.read({ edge, after }, signal, (late) => {
        const judged = judgeFound(late, signal);
        onLate?.(judged);
      });
    };
    return judgeFound(read(), signal);
  };
}

/** Starts a little below the newest row: a second copy of the key may have signed a different head for a recorded count. */
async function firstCount(history: SigningHistory, edge: Bytes32): Promise<bigint> {
  const highest = (await history.readHighestCount(edge)) ?? 0n;
  return highest > OWN_HISTORY_OVERLAP ? highest - OWN_HISTORY_OVERLAP : 0n;
}

/** Splits a list of signatures; recovery shows the signer of each. */
function partsOf({ statement, signatures }: FoundStatement, attester: Attester): SignedStatement[] {
  const count = Math.min(SIGNATURES_MAX, Math.floor((signatures.length - 2) / SIGNATURE_DIGITS));
  return Array.from({ length: count }, (_, at) => ({
    statement,
    signer: attester.address,
    signature: `0x${signatures.slice(2 + at * SIGNATURE_DIGITS, 2 + (at + 1) * SIGNATURE_DIGITS)}`,
  }));
}

async function refuse(
  options: CheckOwnHistoryOptions,
  own: SignedStatement,
  judged: 'unknown' | 'contradicted',
): Promise<void> {
  const { edge, attester, history, permit, observer, source } = options;
  const { count } = own.statement;
  const seen = judged === 'unknown' ? 'does not know' : 'contradicts';
  const refusal = attestError(
    'HISTORY_OLDER',
    `${source.name} holds a valid signature of ${attester.address} for count ${count} of edge ${edge}, which the signing ` +
      `history ${seen}: the history was lost or restored from an old copy, or a second copy of the key signs elsewhere. ` +
      'This key never signs again; rotate to a new one',
  );
  if (permit.refusal === undefined) {
    observer.observe({
      name: 'signing-refused',
      level: 'error',
      fields: { edge, count, code: refusal.code, detail: refusal.message },
    });
  }
  permit.refuse({ code: refusal.code, detail: refusal.message });
  // A later start may find no source that still shows the statement.
  await history.retire(refusal.message);
}

function observeUnasked({ edge, source, observer }: CheckOwnHistoryOptions, error: unknown): void {
  observer.observe({
    name: 'own-history-unasked',
    level: source.kind === 'destination' ? 'warn' : 'debug',
    fields: { edge, source: source.name, code: error instanceof AppError ? error.code : 'UNKNOWN' },
  });
}
