import { mulDivDown } from '@surety/domain';
import { isInfiniteRequirement } from '@surety/margin';

/** Writes a bigint with decimals, cut toward zero after `places`, its thousands apart. */
export function formatFixed(value: bigint, decimals: number, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = digits.slice(digits.length - decimals, digits.length - decimals + places);
  const shown = `${whole}${rest === '' ? '' : `.${rest}`}`;
  return value < 0n && /[1-9]/.test(shown) ? `−${shown}` : shown;
}

/** Writes a value with 18 decimals as people read money: two decimals. */
export function formatValue(wad: bigint): string {
  return formatFixed(wad, 18, 2);
}

/** The assets that count at a grade and the requirement there, 18 decimals. */
export interface GradeFigures {
  readonly assets: bigint;
  readonly requirement: bigint;
}

/** Writes what a grade requires, or a word where no assets cover it. */
export function showRequirement(wad: bigint): string {
  return isInfiniteRequirement(wad) ? 'infinite' : formatValue(wad);
}

/** Writes what a grade leaves free, or a word beside an infinite requirement. */
export function showFree({ assets, requirement }: GradeFigures): string {
  return isInfiniteRequirement(requirement) ? 'none' : formatValue(assets - requirement);
}

/** Digits of a price that people read; the first is no zero. */
const PRICE_DIGITS = 6;

/** Writes a price by its first six digits, cut, with two decimals at least: 0.9999 is not 0.99, nor 1.00. */
export function formatPrice(price: bigint, decimals: number): string {
  const places = Math.max(2, PRICE_DIGITS + decimals - String(price).length);
  return withTwoPlaces(formatFixed(price, decimals, places));
}

/** Writes parts per million as a factor, cut after four decimals: only what takes nothing is 1.00. */
export function formatPpmFactor(ppm: number): string {
  return withTwoPlaces(formatFixed(BigInt(ppm), 6, 4));
}

function withTwoPlaces(text: string): string {
  return text.replace(/(\.\d\d\d*?)0+$/, '$1');
}

/** Writes token units: at most six decimals, no zeros at the end. */
export function showAmount(units: bigint, decimals: number): string {
  return withoutZeros(formatFixed(units, decimals, 6));
}

/** Writes token units with every digit, no zeros at the end: what somebody signs is cut nowhere. */
export function showWholeAmount(units: bigint, decimals: number): string {
  return withoutZeros(formatFixed(units, decimals, decimals));
}

function withoutZeros(text: string): string {
  if (!text.includes('.')) return text;
  // By hand: an expression for zeros at the end tries each run of zeros before it to its end.
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

/** Writes basis points as per cent. */
export function formatBps(bps: number): string {
  return `${Number((bps / 100).toFixed(2))} %`;
}

/** Writes a part of a whole as per cent, cut: only the whole is 100 %. Nothing is more than its whole. */
export function formatShare(part: bigint, whole: bigint): string {
  if (whole <= 0n || part <= 0n) return '0 %';
  return `${showAmount(mulDivDown(part < whole ? part : whole, 10_000n, whole), 2)} %`;
}

/** Writes a span of seconds in its largest unit. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  return whole < 172_800 ? `${Math.round(whole / 3_600)} h` : `${Math.round(whole / 86_400)} days`;
}

/** Shortens an address, a hash or an account to its ends. */
export function shortenHex(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** Compares a bigint with a larger one for drawing alone: 0 to 1. */
export function drawnShare(part: bigint, whole: bigint): number {
  if (whole <= 0n || part <= 0n) return 0;
  return Math.min(1, Number(part) / Number(whole));
}

/** The last second of year 9999; protocols keep later ones for "never". */
const LAST_MOMENT = 253_402_300_799n;

/** Writes a block's time, seconds, as ISO 8601 in UTC; a time past every calendar by its number. */
export function formatMoment(seconds: bigint): string {
  if (seconds > LAST_MOMENT) return `second ${seconds}`;
  return new Date(Number(seconds) * 1_000).toISOString().replace(/\.000Z$/, 'Z');
}
