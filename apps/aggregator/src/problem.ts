import type { ProblemView } from '@surety/api';
import { HttpException } from '@nestjs/common';

/** Titles of the statuses that this interface answers with. */
export const TITLES = {
  400: 'Malformed request',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Body too large',
  415: 'Unsupported content type',
  422: 'Refused',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not ready',
} as const;

/** Codes of refusals that need no code of their own. */
const CODES: Readonly<Record<number, string>> = {
  400: 'MALFORMED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_CONTENT_TYPE',
  429: 'TOO_MANY_REQUESTS',
  503: 'NOT_READY',
};

/** Members of a problem beside the standard ones. */
export interface ProblemOptions {
  readonly status: number;
  readonly code?: string;
  readonly detail: string;
  /** Members beside the standard ones, such as outcomes. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The cause, for the log alone. */
  readonly cause?: unknown;
}

/** A refusal that becomes `application/problem+json`. */
export class Problem extends HttpException {
  readonly code: string;
  readonly detail: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: ProblemOptions) {
    super(options.detail, options.status, { cause: options.cause });
    this.code = options.code ?? CODES[options.status] ?? 'INTERNAL';
    this.detail = options.detail;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }

  /** Returns the body for a request path. */
  body(instance: string): ProblemView & Record<string, unknown> {
    const status = this.getStatus();
    return {
      type: `urn:surety:problem:${this.code.toLowerCase().replaceAll('_', '-')}`,
      title: status in TITLES ? TITLES[status as keyof typeof TITLES] : 'Refused',
      status,
      code: this.code,
      detail: this.detail,
      instance,
      ...this.extra,
    };
  }
}
