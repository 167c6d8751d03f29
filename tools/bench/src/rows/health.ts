import { fileURLToPath } from 'node:url';
import { rowOf } from '../alternate.js';
import { MeasuredChild } from '../measured-child.js';
import { type Measurement, MeasurementError } from '../row.js';

const ACCOUNTS = 100_000;
const ROUNDS = 7;

interface Look {
  readonly ms: number;
  readonly found: number;
}

/** Time of a pass over everybody at falling prices, and the longest for which it keeps others waiting. */
interface Stress {
  readonly ms: number;
  readonly longestMs: number;
}

/** CPU of the aggregator to know who crossed a step of health after one price moved, against valuing everybody from the store. */
export const healthRow: Measurement = {
  ids: ['health.price-move', 'health.stress'],
  measure: async (say) => {
    const app = fileURLToPath(new URL('./testing/measured-health.js', import.meta.resolve('@surety/aggregator/main')));
    const { child } = await MeasuredChild.start(app, [String(ACCOUNTS)]);
    try {
      const figures: { subject: number; reference: number }[] = [];
      const stressed: { subject: number; reference: number }[] = [];
      const most = { found: 0, longestMs: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const fallen = (await child.ask('move')) as Look;
        const full = (await child.ask('full')) as Look;
        if (fallen.found !== full.found || full.found === 0)
          throw new MeasurementError(
            `health.price-move: ${fallen.found} accounts were found; expected ${full.found}, more than 0`,
          );
        most.found = full.found;
        const back = (await child.ask('move')) as Look;
        figures.push({ subject: Math.max(fallen.ms, back.ms), reference: full.ms });
        const stress = (await child.ask('stress')) as Stress;
        stressed.push({ subject: stress.ms, reference: full.ms });
        most.longestMs = Math.max(most.longestMs, stress.longestMs);
      }
      say(`health.price-move: ${most.found} of ${ACCOUNTS} accounts crossed a step; expected 1,000 ms of CPU at most`);
      say(`health.stress: 17 states of the market; others waited ${Math.round(most.longestMs)} ms at most`);
      const rest = { unit: 'ms of CPU', against: 'a full pass', better: 'lower' } as const;
      return [
        rowOf({ id: 'health.price-move', ...rest, figures }),
        rowOf({ id: 'health.stress', ...rest, figures: stressed }),
      ];
    } finally {
      await child.stop();
    }
  },
};
