import { AppError } from '@surety/domain';

/** Error codes of configuration. A person mends each, but for an error of missing files alone: they may be mounted later. */
export type ConfigErrorCode = 'CONFIG_UNREADABLE' | 'CONFIG_INVALID' | 'CONFIG_NOT_DEPLOYED';

/** One problem: its path, the value seen and the value expected. Secret values are withheld. */
export interface ConfigIssue {
  /** Path into chains.config.json (`chains[1].finality.depth`) or the name of an environment variable. */
  readonly path: string;
  readonly seen: string;
  readonly expected: string;
  /** True of a file that a variable names and that is not there. */
  readonly isMissing?: boolean;
}

/** Builds one error that lists every problem by path, so that all can be fixed at once; retryable if each is a missing file. */
export function configError(
  code: ConfigErrorCode,
  where: string,
  issues: readonly ConfigIssue[],
): AppError<ConfigErrorCode> {
  const lines = issues.map((issue) => `  ${issue.path}: seen ${issue.seen}; expected ${issue.expected}`);
  const retryable = issues.every(({ isMissing }) => isMissing === true);
  const heading = retryable ? missing(issues.length) : `${where} has ${problems(issues.length)}; mend them`;
  return new AppError({
    code,
    message: [`${heading} and start again:`, ...lines].join('\n'),
    retryable,
    context: { issues: issues.length },
  });
}

function problems(count: number): string {
  return count === 1 ? '1 problem' : `${count} problems`;
}

function missing(count: number): string {
  return count === 1
    ? 'the environment names a file that is not there; mount it or correct its variable,'
    : `the environment names ${count} files that are not there; mount them or correct their variables,`;
}
