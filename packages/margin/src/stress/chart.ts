import { WAD } from '@surety/domain';
import { divide } from '../number/division.js';

/** One line or row of bars of a chart: a name and WAD values, one for each label. */
export interface ChartSeries {
  readonly name: string;
  readonly values: readonly bigint[];
}

/** The data of a chart. */
export interface Chart {
  readonly title: string;
  readonly kind: 'bars' | 'lines';
  readonly labels: readonly string[];
  readonly series: readonly ChartSeries[];
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [900, 420, 90, 60, 60];
const COLOURS = ['#4c78a8', '#e45756', '#72b7b2', '#f2a93b', '#54a24b'];
const LABELS_MAX = 12;

/** Draws a chart as SVG text: no script, no font of its own, names escaped. Values are rounded to hundredths. */
export function drawChart({ title, kind, labels, series }: Chart): string {
  const values = series.map(({ values: each }) => each.map(hundredths));
  const [low, high] = [Math.min(0, ...values.flat()), Math.max(0, ...values.flat())];
  const span = high > low ? high - low : 1;
  const y = (value: number) => TOP + ((high - value) / span) * (HEIGHT - TOP - BOTTOM);
  const slot = (WIDTH - LEFT - 20) / Math.max(1, labels.length);
  const x = (at: number) => LEFT + slot * at;
  const marks = series.flatMap(({ name }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '#000000';
    const own = values[index] ?? [];
    const legend = `<text x="${LEFT + index * 160}" y="44" fill="${colour}">${escaped(name)}</text>`;
    if (kind === 'lines') {
      const points = own.map((value, at) => `${round(x(at) + slot / 2)},${round(y(value))}`).join(' ');
      return [legend, `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points}"/>`];
    }
    const width = (slot * 0.8) / series.length;
    const bars = own.map((value, at) => {
      const [top, bottom] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
      const left = x(at) + slot * 0.1 + width * index;
      return `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(bottom - top)}" fill="${colour}"/>`;
    });
    return [legend, ...bars];
  });
  const every = Math.ceil(labels.length / LABELS_MAX);
  const names = labels.flatMap((label, at) =>
    at % every === 0
      ? [`<text x="${round(x(at) + slot / 2)}" y="${HEIGHT - 30}" text-anchor="middle">${escaped(label)}</text>`]
      : [],
  );
  const scale = [high, (high + low) / 2, low].map(
    (value) => `<text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end">${compact(value)}</text>`,
  );
  const zero = `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${round(y(0))}" y2="${round(y(0))}" stroke="#888888"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="16">${escaped(title)}</text>`,
    ...scale,
    zero,
    ...marks,
    ...names,
    '</svg>\n',
  ].join('\n');
}

/** A value for the eye: hundredths are enough, and no decision reads them. */
function hundredths(value: bigint): number {
  return Number(divide(value * 100n, WAD, 'halfUp')) / 100;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function compact(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return size >= 1e3 ? `${(value / 1e3).toFixed(1)}k` : value.toFixed(2);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
