import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES } from '@surety/margin';

/** Exit codes of every program. @source sysexits.h: 75 is EX_TEMPFAIL; a supervisor starts the program again */
export const EXIT = { done: 0, needsPerson: 1, wrongUse: 2, tryAgain: 75 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Program = 'aggregator' | 'watcher' | 'relayer' | 'keeper' | 'operator';

interface ExitRules {
  readonly isWrongUse: (code: string) => boolean;
  readonly curedByRestart: readonly string[];
}

const WRONG_ARGUMENTS = ['BAD_USE', 'NOT_JSON', 'UNKNOWN_ASSET', 'BAD_HEX', 'BAD_LENGTH', 'OUT_OF_RANGE', 'BAD_URL'];
const isArgument = (code: string): boolean =>
  WRONG_ARGUMENTS.includes(code) || MARGIN_ERROR_CODES.some((each) => each === code);
const isConfiguration = (code: string): boolean => code.startsWith('CONFIG_');

/**
 * Codes that mean wrong use to each program, and codes that a restart may cure although the error is not retryable. To the
 * command line only its arguments count: its configuration, and the aggregator's, need a person.
 */
const PROGRAMS: Readonly<Record<Program, ExitRules>> = {
  aggregator: { isWrongUse: () => false, curedByRestart: [] },
  relayer: { isWrongUse: isConfiguration, curedByRestart: [] },
  keeper: { isWrongUse: isConfiguration, curedByRestart: [] },
  watcher: {
    isWrongUse: (code) => isConfiguration(code) || code === 'BAD_OPTIONS' || code === 'BAD_URL',
    curedByRestart: ['PORT_UNAVAILABLE'],
  },
  operator: { isWrongUse: isArgument, curedByRestart: [] },
};

/** Returns the exit code of a program that ends with an error; an error that is not the project's own needs a person. */
export function exitCodeOf(program: Program, error: unknown): ExitCode {
  if (!(error instanceof AppError)) return EXIT.needsPerson;
  const { isWrongUse, curedByRestart } = PROGRAMS[program];
  if (isWrongUse(error.code)) return EXIT.wrongUse;
  return error.retryable || curedByRestart.includes(error.code) ? EXIT.tryAgain : EXIT.needsPerson;
}
