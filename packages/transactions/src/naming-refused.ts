import { AppError } from '@surety/domain';

/**
 * Names in an error the transactions that every provider refused before it: one may have passed its bytes on, and whoever heard no hash
 * could not look it up.
 */
export function namingRefused(error: unknown, refused: readonly { readonly txHash: string }[] = []): unknown {
  if (!(error instanceof AppError) || refused.length === 0) return error;
  const { code, retryable, context } = error;
  const hashes = refused.map(({ txHash }) => txHash).join(', ');
  const message = `${error.message}; refused was ${hashes}: should it land all the same, do not send it again`;
  return new AppError({ code, message, retryable, context, cause: error });
}
