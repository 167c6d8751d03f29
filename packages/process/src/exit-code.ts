import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES } from '@surety/margin';

/** Exit codes of every program. @source sysexits.h: 75 is EX_TEMPFAIL; a supervisor starts the program again */
export const EXIT = { done: 0, needsPerson: 1, wrongUse: 2, tryAgain: 75 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Program = 'aggregator' | 'watcher' | 'relayer' | 'operator';

interface ExitRules {
  readonly isWrongUse: (code: string) => boolean;
  readonly mayPass: readonly string[];
}

const WRONG_ARGUMENTS = ['BAD_USE', 'NOT_JSON', 'UNKNOWN_ASSET', 'BAD_HEX', 'BAD_LENGTH', 'OUT_OF_RANGE', 'BAD_URL'];
const isArgument = (code: string): boolean =>
  WRONG_ARGUMENTS.includes(code) || MARGIN_ERROR_CODES.some((each) => each === code);
const isConfiguration = (code: string): boolean => code.startsWith('CONFIG_');

/**
 * What each program counts as wrong use, and what may pass in its next process though the error is not retryable. The command
 * line counts its arguments; a person mends the configuration, of it and of the aggregator.
 */
const PROGRAMS: Readonly<Record<Program, ExitRules>> = {
  aggregator: { isWrongUse: () => false, mayPass: [] },
  relayer: { isWrongUse: isConfiguration, mayPass: [] },
  watcher: {
    isWrongUse: (code) => isConfiguration(code) || code === 'BAD_OPTIONS' || code === 'BAD_URL',
    mayPass: ['PORT_UNAVAILABLE'],
  },
  operator: { isWrongUse: isArgument, mayPass: [] },
};

/** Gives the exit code of a program that ends with an error; an error that is not the project's own needs a person. */
export function exitCodeOf(program: Program, error: unknown): ExitCode {
  if (!(error instanceof AppError)) return EXIT.needsPerson;
  const { isWrongUse, mayPass } = PROGRAMS[program];
  if (isWrongUse(error.code)) return EXIT.wrongUse;
  return error.retryable || mayPass.includes(error.code) ? EXIT.tryAgain : EXIT.needsPerson;
}
