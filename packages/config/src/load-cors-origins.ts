import type { ConfigReader } from './load-config.js';

/** Whose pages may read an interface from a browser: those of any origin, of none but its own, or of the ones listed. */
export type CorsOrigins = 'any' | 'none' | readonly string[];

/** Reads `SURETY_CORS_ORIGINS`: `*`, which is the default, `none`, or origins with commas between them. */
export function loadCorsOrigins(reader: ConfigReader): CorsOrigins {
  const name = 'SURETY_CORS_ORIGINS';
  const text = reader.text(name, '*').trim();
  if (text === '*') return 'any';
  if (text === 'none') return 'none';
  const origins = text.split(',').map((one) => one.trim());
  for (const origin of origins.filter((one) => !isOrigin(one)))
    reader.issue(name, origin, '*, none, or origins as browsers send them, such as https://app.example.org');
  return origins;
}

/** A browser compares letter by letter: a path, a final slash or a default port would never match. */
function isOrigin(text: string): boolean {
  return /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '') && new URL(text).origin === text;
}
