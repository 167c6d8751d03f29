/** Commas between thousands. One that stands for a point, as many phones type it, would make another amount of it: also "0,500". */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.|$)/;

/** Reads a decimal number with a sign into units, such as "2.5" or "−1,000"; undefined where it is none, or has too many decimals. */
export function parseSigned(text: string, decimals: number): bigint | undefined {
  const typed = text.trim().replace('−', '-');
  if (typed.includes(',') && !GROUPED.test(typed)) return undefined;
  const plain = typed.replaceAll(',', '');
  const match = /^([+-]?)(\d{1,40})(?:\.(\d*))?$/.exec(plain);
  if (match === null) return undefined;
  const [, sign, whole = '', rest = ''] = match;
  if (rest.length > decimals) return undefined;
  const units = BigInt(whole + rest.padEnd(decimals, '0'));
  return sign === '-' ? -units : units;
}

/**
 * Reads an amount that is to be signed, into units; undefined also where it has a comma: "1,500" is fifteen hundred to one reader and one and
 * a half to another, and the step to sign would not tell them apart.
 */
export function parseToSign(text: string, decimals: number): bigint | undefined {
  return text.includes(',') ? undefined : parseSigned(text, decimals);
}
