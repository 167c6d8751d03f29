/** Values of canonical text: no functions, no floating-point fractions. */
export type Canonical =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly Canonical[]
  | ReadonlyMap<string, Canonical>
  | { readonly [name: string]: Canonical };

/**
 * Returns one text for one value: JSON without blanks, names ascending by code unit, maps as objects, bigint as decimal text,
 * members that are undefined left out, every character outside ASCII as its escape. Values that are equal give the same text, however they were written.
 */
export function canonicalText(value: unknown): string {
  return textOf(value as Canonical);
}

function textOf(value: Canonical): string {
  if (value === undefined) return 'null';
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(textOf).join(',')}]`;
  const members = value instanceof Map ? [...(value as ReadonlyMap<string, Canonical>)] : Object.entries(value);
  return `{${members
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${quoted(name)}:${textOf(member as Canonical)}`)
    .join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isList(value: object): value is readonly Canonical[] {
  return Array.isArray(value);
}
