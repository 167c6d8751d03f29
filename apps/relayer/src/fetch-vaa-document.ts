import type { FetchDocument } from '@surety/bridges';
import { relayerError } from './errors.js';

/** A document of signed messages is small; a longer one is not read. */
const BYTES_MAX = 65_536;

/**
 * Asks an endpoint of Wormhole's guardians over HTTP; a message that is not signed yet is 404 there.
 * @throws VAA_UNAVAILABLE (retryable) where nothing else was answered in time.
 */
export function fetchVaaDocument(url: string, timeoutMs: number): FetchDocument {
  return async (path, signal) => {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(new URL(path, url), {
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      if (answer.status === 404) return undefined;
      const text = await answer.text();
      if (answer.ok && text.length <= BYTES_MAX) return JSON.parse(text) as unknown;
      throw new Error(`status ${answer.status}, ${text.length} bytes`);
    } catch (cause) {
      throw relayerError(
        'VAA_UNAVAILABLE',
        `the endpoint of SURETY_VAA_URL gave no signed message: ${String(cause)}`,
        {},
        true,
      );
    }
  };
}
