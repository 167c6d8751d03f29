import { type PublicClient, createPublicClient, fallback, http } from 'viem';

/** Opens a reader that takes the first provider that answers: for what changes with every block, and bends nothing if it is wrong. */
export function openFirstReader(urls: readonly string[], { timeoutMs }: { readonly timeoutMs: number }): PublicClient {
  const transports = urls.map((url) => http(url, { retryCount: 0, timeout: timeoutMs }));
  return createPublicClient({ transport: fallback(transports, { retryCount: 0 }) });
}
