import { AppError } from '@surety/domain';

/** No answer, or a refusal that is no revert, such as a node's own time limit. */
const UNTOLD: ReadonlySet<string> = new Set(['RPC_UNAVAILABLE', 'RPC_REFUSED']);

/**
 * Takes a trial that nobody answers as one that does not pass. The contract that is tried decides how much it reverts with and how
 * long that takes, and the reads beside the trial fail where the providers are away.
 * @throws any other error.
 */
export function untoldAsNull(error: unknown): null {
  if (error instanceof AppError && UNTOLD.has(error.code)) return null;
  throw error;
}
