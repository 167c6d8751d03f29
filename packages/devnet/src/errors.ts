import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of errors on a local network. */
export type DevnetErrorCode = 'NODE_NOT_READY' | 'PROCESS_NOT_READY' | 'BAD_CONTROL' | 'TIMED_OUT' | 'STORY_BROKE';

/** Builds a devnet error. */
export function devnetError(
  code: DevnetErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<DevnetErrorCode> {
  return new AppError({ code, message, context, ...(cause === undefined ? {} : { cause }) });
}

/** @throws STORY_BROKE unless `holds`. */
export function storyRequires(holds: boolean, otherwise: string): void {
  if (!holds) throw devnetError('STORY_BROKE', `${otherwise}; the logs say more`);
}
