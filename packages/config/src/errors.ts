import { AppError } from '@surety/domain';

/** Error codes of configuration; each needs a person. */
export type ConfigErrorCode = 'CONFIG_UNREADABLE' | 'CONFIG_INVALID' | 'CONFIG_NOT_DEPLOYED';

/** One problem: its path, the value seen and the value expected. Secret values are withheld. */
export interface ConfigIssue {
  /** Path into chains.config.json (`chains[1].finality.depth`) or the name of an environment variable. */
  readonly path: string;
  readonly seen: string;
  readonly expected: string;
}

/** Builds one error that lists every problem by path, so that all can be fixed at once. */
export function configError(
  code: ConfigErrorCode,
  where: string,
  issues: readonly ConfigIssue[],
): AppError<ConfigErrorCode> {
  const lines = issues.map((issue) => `  ${issue.path}: seen ${issue.seen}; expected ${issue.expected}`);
  const problems = issues.length === 1 ? '1 problem' : `${issues.length} problems`;
  return new AppError({
    code,
    message: [`${where} has ${problems}; mend them and start again:`, ...lines].join('\n'),
    context: { issues: issues.length },
  });
}
