import type { EdgeReport, WitnessHealth, WitnessReport } from '@surety/bridges';
import { formatReadable, formatTable, formatTime, formatUnits } from '../terminal/format.js';

const NANO = 9;

/**
 * Formats what witnesses have told of each edge: a row each, how many count and how many are needed, and what each health that occurs means.
 * Fast limits are whole tokens.
 */
export function formatEdges(edges: readonly EdgeReport[], decimalsOf: (assetId: number) => number): string[] {
  if (edges.length === 0) return ['no source has a witness'];
  return [
    ...formatTable([
      ['source', 'direction', 'witness', 'entries', 'told', 'at', 'confirmed', 'behind', 'fee gwei', 'health'],
      ...edges.flatMap((edge) => edge.witnesses.map((one) => rowOf(edge, one))),
    ]),
    '',
    ...edges.map((edge) => countLine(edge, decimalsOf)),
    ...meaningLines(edges),
  ];
}

/** Consequence of each health but `ok` for value that waits. */
const MEANINGS: Readonly<Record<Exclude<WitnessHealth, 'ok'>, string>> = {
  unconfirmed: 'has told a head that its reader has not compared yet',
  behind: 'has not told the newest entries, which matters only while value waits for them',
  unheard: 'has told nothing yet of a journal that has entries',
  unknown: 'could not be read or compared now',
  drifted: 'is not set as configured, and confirms nothing',
  contradicted: 'told another head than others, and is not asked again',
};

function countLine({ chain, direction, alive, m, fast }: EdgeReport, decimalsOf: (assetId: number) => number): string {
  const needed = m === null ? '' : `, ${m} needed above the fast limits`;
  const limits = fast
    .map(
      ({ assetId, symbol, units }) =>
        `${units === null ? 'unread' : formatReadable(units, decimalsOf(assetId))} ${symbol}`,
    )
    .join(', ');
  return `${chain} ${direction}: ${alive} witnesses count${needed}${limits === '' ? '' : ` (${limits})`}`;
}

function meaningLines(edges: readonly EdgeReport[]): string[] {
  const seen = new Set(edges.flatMap(({ witnesses: all }) => all.map(({ health }) => health)));
  return Object.entries(MEANINGS).flatMap(([health, meaning]) =>
    seen.has(health as WitnessHealth) ? [`${health}: ${meaning}`] : [],
  );
}

function rowOf({ source, chain, direction, count }: EdgeReport, one: WitnessReport): string[] {
  const { head, lag, feeWei } = one;
  return [
    `${source} ${chain}`,
    direction,
    one.witness,
    count === null ? '?' : String(count),
    head === null ? (lag === null ? '?' : '-') : String(head.count),
    head === null ? (lag === null ? '?' : 'never') : formatTime(head.time),
    one.confirmed === null ? '?' : String(one.confirmed),
    lag === null ? '?' : lag.seconds === null ? String(lag.entries) : `${lag.entries}, ${lag.seconds} s`,
    feeWei === null ? '-' : formatUnits(feeWei, NANO),
    one.health,
  ];
}
