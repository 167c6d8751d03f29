import type { ConfigReader } from './load-config.js';
import { Secret } from './secret.js';

/** Where spans of entries go, and which entries have them. */
export interface TraceTarget {
  /** The collector’s OTLP address for traces over HTTP; it may hold a token. */
  readonly url: Secret;
  /** One of so many entries is traced. */
  readonly oneIn: bigint;
}

/** Reads `SURETY_TRACES_URL`, or its `_FILE`, and `SURETY_TRACES_ONE_IN`; undefined without a URL. */
export function loadTraces(reader: ConfigReader): TraceTarget | undefined {
  const name = 'SURETY_TRACES_URL';
  const url = reader.secret(name);
  const text = reader.text('SURETY_TRACES_ONE_IN', '1');
  if (!/^[1-9][0-9]{0,5}$/.test(text))
    reader.issue('SURETY_TRACES_ONE_IN', text, 'a whole number from 1 (every entry) to 999999');
  if (url === undefined || url.reveal() === '') return undefined;
  reader.requireUrl(name, url.reveal());
  reader.requireGuarded(name, url.reveal());
  return { url: new Secret(url.reveal()), oneIn: /^[0-9]+$/.test(text) ? BigInt(text) : 1n };
}
