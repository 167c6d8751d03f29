import { WAD, mulDivDown, oneLine } from '@surety/domain';
import { isInfiniteRequirement } from '@surety/margin';

/** Most characters of a cell: every row is as wide as the widest, and an aggregator or a provider may answer with any text. */
const CELL_LENGTH_MAX = 500;
/** Characters of its end that are always shown. */
const CELL_END = 200;

/** Lays rows out as columns: the first row is the heading; columns are as wide as their widest cell, and a cell stays on its line. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map((cell) => oneLine(cutMiddle(cell), CELL_LENGTH_MAX)));
  const widths: number[] = [];
  for (const row of shown) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return shown.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Leaves the beginning and the end of a long cell: the step to take stands last. */
function cutMiddle(cell: string): string {
  if (cell.length <= CELL_LENGTH_MAX) return cell;
  return `${cell.slice(0, CELL_LENGTH_MAX - CELL_END - 3)} … ${cell.slice(-CELL_END)}`;
}

/** Writes token units as a decimal number of whole tokens, without trailing zeros. */
export function formatUnits(units: bigint, decimals: number): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Decimals that people read in an amount; what is smaller is shown whole. */
const READ_DECIMALS = 6;

/** Writes token units for people, thousands apart, rounded toward zero to 6 decimals unless nothing but 0 would be left. */
export function formatReadable(units: bigint, decimals: number): string {
  const [whole = '0', fraction = ''] = formatUnits(units, decimals).split('.');
  const short = fraction.slice(0, READ_DECIMALS).replace(/0+$/, '');
  const kept = whole.replace('-', '') === '0' && short === '' ? fraction : short;
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${kept === '' ? '' : `.${kept}`}`;
}

/** Writes what a protocol requires, or a word where no assets cover it. */
export function formatRequirement(wad: bigint): string {
  return isInfiniteRequirement(wad) ? 'infinite' : formatWad(wad);
}

/** Writes a WAD value with two decimals, rounded toward zero, thousands apart. */
export function formatWad(value: bigint): string {
  const negative = value < 0n;
  const cents = mulDivDown(negative ? -value : value, 100n, 10n ** 18n)
    .toString()
    .padStart(3, '0');
  const whole = cents.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${negative ? '-' : ''}${whole}.${cents.slice(-2)}`;
}

/** Writes parts per million as a share of 1, such as 0.95. */
export function formatPpm(parts: number | bigint): string {
  const text = parts.toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6).replace(/0{1,4}$/, '')}`;
}

/** Writes the age of a moment in seconds for people. */
export function formatAge(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

/** Formats a coverage (WAD) in percent, rounded down to two decimals: 100 % appears only if all units have tokens. */
export function formatCoverage(wad: bigint): string {
  const hundredths = mulDivDown(wad, 10_000n, WAD).toString().padStart(3, '0');
  return `${hundredths.slice(0, -2)}.${hundredths.slice(-2)} %`;
}

/** The last second of year 9999; contracts keep later ones for "never", and any word may stand where a time is expected. */
const LAST_DATE = 253_402_300_799;

/** Writes a block time in seconds as a date; a time past every calendar stays a number. */
export function formatTime(seconds: bigint | number): string {
  if (seconds > LAST_DATE) return String(seconds);
  return new Date(Number(seconds) * 1_000).toISOString();
}
