import { MeasurementError, type Row } from './row.js';

/** Something whose speed is measured: it does `items` pieces of work and gives what must equal the other side's result. */
export interface Contestant {
  readonly items: number;
  readonly run: () => unknown;
}

/** Settings of a comparison of two contestants. */
export interface Contest {
  readonly id: string;
  readonly subject: Contestant;
  readonly reference: Contestant;
  readonly unit: string;
  readonly against: string;
  /** Rounds after one that does not count; at least 5. */
  readonly rounds?: number;
  /** Returns whether the two results agree; equal JSON by default. */
  readonly agrees?: (subject: unknown, reference: unknown) => boolean;
  /** True where nothing can beat the reference: a ratio above 1.25 is then an error of the measurement. */
  readonly floor?: boolean;
}

/** Above this a floor was beaten by more than the machine's noise. */
const BEATEN = 1.25;

/**
 * Runs both sides in turn, the one that begins changing with each round, and gives speeds in items per second.
 * @throws MeasurementError if the results differ or a floor is beaten.
 */
export async function alternate(contest: Contest): Promise<Row> {
  const { id, subject, reference, rounds = 7, unit, against } = contest;
  const agrees = contest.agrees ?? ((left, right) => JSON.stringify(left) === JSON.stringify(right));
  const figures: { subject: number; reference: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? [subject, reference] : [reference, subject];
    const results = new Map<Contestant, { speed: number; result: unknown }>();
    for (const side of order) results.set(side, await time(side));
    const [ours, theirs] = [results.get(subject), results.get(reference)];
    if (ours === undefined || theirs === undefined) throw new MeasurementError(`${id}: a side was not run`);
    if (!agrees(ours.result, theirs.result)) {
      throw new MeasurementError(`${id}: the two sides give different results; no figure for a wrong answer`);
    }
    // The first round warms both sides up.
    if (round > 0) figures.push({ subject: ours.speed, reference: theirs.speed });
  }
  const row = rowOf({ id, unit, against, better: 'higher', figures });
  if (contest.floor === true && row.ratio > BEATEN) {
    throw new MeasurementError(`${id}: ${row.ratio.toFixed(2)} of its floor; nothing is faster than its floor`);
  }
  return row;
}

/** Sums paired figures up into a row. */
export function rowOf(of: {
  id: string;
  unit: string;
  against: string;
  better: Row['better'];
  figures: readonly { readonly subject: number; readonly reference: number }[];
}): Row {
  const ratios = of.figures.map(({ subject, reference }) => subject / reference).sort((a, b) => a - b);
  const ratio = median(ratios);
  return {
    id: of.id,
    subject: median(of.figures.map(({ subject }) => subject)),
    reference: median(of.figures.map(({ reference }) => reference)),
    ratio,
    better: of.better,
    spread: ((ratios.at(-1) ?? ratio) - (ratios[0] ?? ratio)) / ratio,
    unit: of.unit,
    against: of.against,
  };
}

async function time({ items, run }: Contestant): Promise<{ speed: number; result: unknown }> {
  const started = performance.now();
  const result = await run();
  return { speed: (items * 1_000) / (performance.now() - started), result };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) throw new MeasurementError('a median of nothing');
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}
