import type { FetchDocument } from '@surety/bridges';
import { relayerError } from './errors.js';
import { fetchDocument } from './fetch-document.js';

/** A document of signed messages is small; a longer one is not read. */
const BYTES_MAX = 65_536;

/**
 * Asks an endpoint of Wormhole's guardians over HTTP; a message that is not signed yet is 404 there.
 * @throws VAA_UNAVAILABLE (retryable) where nothing else was answered in time.
 */
export function fetchVaaDocument(url: string, timeoutMs: number): FetchDocument {
  return async (path, signal) => {
    try {
      return await fetchDocument({ url, path, timeoutMs, bytesMax: BYTES_MAX }, signal);
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
