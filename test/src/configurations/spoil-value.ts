import type { SeededRandom } from '../faults/seeded-random.js';

const NOBODY = `0x${'0'.repeat(40)}`;

/** Gives other values for one place: wrong, empty, huge, or of another shape. Each differs from the first by more than its spelling. */
export function spoiledValues(value: unknown, random: SeededRandom, strangers: readonly string[]): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'bigint')
    return [0n, value + 1n, value > 0n ? value - 1n : 3n, 2n ** 64n - 1n].filter((one) => one !== value);
  if (typeof value === 'number') return [0, value + 1, value === 0 ? 3 : value - 1, 255].filter((one) => one !== value);
  if (Array.isArray(value)) return spoiledLists(value, random, strangers);
  if (typeof value === 'string' && value.startsWith('0x')) return spoiledHex(value, random, strangers);
  throw new TypeError(`no way to spoil ${String(value)}`);
}

/** Another contract of the file, none, or one digit off. */
export function spoiledHex(value: string, random: SeededRandom, strangers: readonly string[]): string[] {
  const at = random.between(2, value.length - 1);
  const digit = ((parseInt(value[at] ?? '0', 16) + random.between(1, 15)) % 16).toString(16);
  const bent = `${value.slice(0, at)}${digit}${value.slice(at + 1)}`;
  const width = value.length;
  const other = `0x${random
    .pick(strangers)
    .slice(2)
    .padStart(width - 2, '0')}`;
  const none = `0x${NOBODY.slice(2)
    .padStart(width - 2, '0')
    .slice(2 - width)}`;
  return [bent, other, none].filter((one) => one.toLowerCase() !== value.toLowerCase());
}

function spoiledLists(value: readonly unknown[], random: SeededRandom, strangers: readonly string[]): unknown[] {
  const at = random.between(0, Math.max(0, value.length - 1));
  const [first] = value;
  const one = typeof first === 'string' ? first : undefined;
  if (one === undefined) return [];
  const other = spoiledHex(one, random, strangers)[0] ?? NOBODY;
  return [
    value.filter((_, index) => index !== at),
    [...value, value[at]],
    [...value, random.pick(strangers)],
    value.map((item, index) => (index === at ? other : item)),
    value.map((item, index) => (index === at ? value[(at + 1) % value.length] : item)),
  ].filter((list) => sorted(list) !== sorted(value));
}

/** A list as text, whatever its order. */
function sorted(list: readonly unknown[]): string {
  return list
    .map((one) => JSON.stringify(one))
    .toSorted((left, right) => left.localeCompare(right))
    .join();
}
