/** Extra facts of an error. Only values that are safe to print. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Arguments of an {@link AppError}. */
export interface AppErrorOptions<Code extends string> {
  /** A stable name in capitals that callers may branch on. */
  readonly code: Code;
  /** The event, the value seen, the value expected, the next step. */
  readonly message: string;
  /** True if the same call may succeed later without anybody's act. */
  readonly retryable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The one error class of the project; each package names its codes in its own `errors.ts`. */
export class AppError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly context: ErrorContext;

  constructor(options: AppErrorOptions<Code>) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.context = options.context ?? {};
  }
}

/**
 * Codes of the domain: the ways in which a value can be malformed. The same names appear in `surety journal --json`.
 */
export type DomainErrorCode =
  'OUT_OF_RANGE' | 'UNKNOWN_KIND' | 'BAD_HEX' | 'BAD_CHECKSUM' | 'MISSING_FIELD' | 'UNKNOWN_FIELD' | 'BAD_LENGTH';

/** Builds a domain error; domain errors are never retryable, since the value stays wrong. */
export function domainError(
  code: DomainErrorCode,
  message: string,
  context: ErrorContext = {},
): AppError<DomainErrorCode> {
  return new AppError({ code, message, context });
}
