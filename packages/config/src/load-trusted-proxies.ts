import { isIP } from 'node:net';
import type { ConfigReader } from './load-config.js';

/** Names of whole ranges, as the library has them that compares addresses. */
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * Reads `SURETY_TRUSTED_PROXIES`: whose word is taken for where a request came from (`X-Forwarded-For`). Addresses, ranges such as
 * `10.0.0.0/8`, or `loopback` (the default), `linklocal`, `uniquelocal`, with commas between them; `none` for nobody's.
 */
export function loadTrustedProxies(reader: ConfigReader): readonly string[] {
  const name = 'SURETY_TRUSTED_PROXIES';
  const text = reader.text(name, 'loopback').trim();
  if (text === 'none') return [];
  const proxies = text.split(',').map((one) => one.trim());
  for (const proxy of proxies.filter((one) => !RANGES.includes(one) && !isRange(one)))
    reader.issue(name, proxy, `none, addresses, ranges such as 10.0.0.0/8, or ${RANGES.join(', ')}`);
  return proxies;
}

function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9][0-9]{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
