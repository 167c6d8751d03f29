import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES } from '@surety/margin';

/** Exit codes of every program. @source sysexits.h: 75 is EX_TEMPFAIL; a supervisor starts the program again */
export const EXIT = { done: 0, needsPerson: 1, wrongUse: 2, tryAgain: 75 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Programs of this repository. */
type Program = 'aggregator' | 'watcher' | 'relayer' | 'keeper' | 'operator';

/** Meanings of the exit codes, for the table in docs/OPERATIONS.md, which a test compares. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, readonly [meaning: string, next: string]>> = {
  [EXIT.done]: ['done; for a service: it was asked to stop and did', 'nothing'],
  [EXIT.needsPerson]: [
    'a person must look: refused, not ready, unhealthy, or a fault that nobody foresaw',
    'read the code and its message; a restart changes nothing',
  ],
  [EXIT.wrongUse]: [
    'wrong use: an argument, a variable or the configuration',
    'mend what the message names by its path',
  ],
  [EXIT.tryAgain]: [
    'the same call may succeed later: a provider, an aggregator, a database or a port is away, or a file of a service is not mounted yet',
    'start it again, but not after `STILL_UNDER_WAY`: what `--wait` waited for was sent',
  ],
};

/** Also a release that is older than its files: no restart mends either, and each would look like a fault of its own. */
const WRONG_CONFIGURATION = [
  'CONFIG_INVALID',
  'CONFIG_UNREADABLE',
  'CONFIG_NOT_DEPLOYED',
  'BAD_OPTIONS',
  'BAD_URL',
  'STATE_NEWER',
];
/** Retryable where each problem is a file that is not there. */
const NAMES_FILES = ['CONFIG_INVALID', 'CONFIG_UNREADABLE'];
const WRONG_ARGUMENTS = [
  'BAD_USE',
  'BAD_CHECKSUM',
  'NOT_JSON',
  'UNKNOWN_CHAIN',
  'UNKNOWN_ASSET',
  'BAD_HEX',
  'BAD_LENGTH',
  'OUT_OF_RANGE',
];
/** A port or a database that another process holds may be free at the next start. */
const CURED_BY_RESTART = ['PORT_UNAVAILABLE', 'DATABASE_IN_USE'];

/**
 * Returns the exit code of a program that ends with an error; an error that is not the project's own needs a person. A code means
 * the same in every program, but what is an argument to the command line is a remote answer to a service.
 */
export function exitCodeOf(program: Program, error: unknown): ExitCode {
  if (!(error instanceof AppError)) return EXIT.needsPerson;
  const { code, retryable } = error;
  // A service's file may be mounted after it has started; a person who named one that is not there has mistyped it.
  const isLate = retryable && NAMES_FILES.includes(code) && program !== 'operator';
  if (WRONG_CONFIGURATION.includes(code) && !isLate) return EXIT.wrongUse;
  if (program === 'operator' && isArgument(code)) return EXIT.wrongUse;
  return retryable || CURED_BY_RESTART.includes(code) ? EXIT.tryAgain : EXIT.needsPerson;
}

function isArgument(code: string): boolean {
  return WRONG_ARGUMENTS.includes(code) || MARGIN_ERROR_CODES.some((each) => each === code);
}
