import type { Drift } from '@surety/workflows';

/** One difference, without the part it belongs to. */
export type Difference = Omit<Drift, 'part'>;

type Value = string | number | bigint | boolean | undefined;

/** Returns the difference of two values, or none; the case of hex digits is ignored. */
export function differ(path: string, seen: Value, expected: Value): Difference[] {
  const [is, wanted] = [plain(seen), plain(expected)];
  return is === wanted ? [] : [{ path, seen: is, expected: wanted }];
}

function plain(value: Value): string {
  if (value === undefined) return 'nothing';
  const text = String(value);
  return /^0x[0-9a-fA-F]+$/.test(text) ? text.toLowerCase() : text;
}
