import type { HealthHistoryAnswer, MarginView } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import { HealthFigure, Money, Required } from '../figures.jsx';
import { formatMoment } from '../format.js';
import { describeTrail, healthAt, joinTrail } from '../health-trail.js';
import { loadLater } from '../load-later.jsx';
import { Section, Table } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading } from '../use-reading.js';

/** Points are few: the last piece of the curve follows the margin, which is read more often. */
const READ_EVERY_MS = 15_000;

const HealthChart = loadLater(async () => (await import('../health-chart.jsx')).HealthChart);

/** Shows how healthy an account was while it had debt. */
export function HealthOverTime(props: {
  readonly world: PageWorld;
  readonly account: Bytes32;
  readonly margin: MarginView | undefined;
  readonly nowMs: number;
}) {
  const { world, account, margin, nowMs } = props;
  const reading = useReading(world, READ_EVERY_MS, (signal) => world.client.readHealthHistory(account, {}, signal));
  return (
    <Section
      title="Health over time"
      note="The last 30 days, noted where it moved by more than 1 %, since this aggregator watches."
      reading={reading}
      nowMs={nowMs}
      show={(history) => <Trail history={history} margin={margin} />}
    />
  );
}

function Trail({
  history: { points, next },
  margin,
}: {
  readonly history: HealthHistoryAnswer;
  readonly margin: MarginView | undefined;
}) {
  if (points.length === 0) return <p class="note">This account had no debt.</p>;
  const now = healthAt(margin);
  const trail = joinTrail(points, now);
  return (
    <>
      <p>{describeTrail(trail, margin === undefined || now !== undefined)}</p>
      <HealthChart trail={trail} />
      <details>
        <summary>{next === null ? `All ${points.length} points` : `The newest ${points.length} points`}</summary>
        <Table
          label="Health over time"
          empty=""
          rows={points}
          columns={[
            ['Time', 'text', ({ timestamp }) => formatMoment(timestamp)],
            ['Health', 'figure', ({ healthFactorWad }) => <HealthFigure wad={healthFactorWad} />],
            ['Margin', 'figure', ({ assetsWad }) => <Money wad={assetsWad} />],
            ['Required', 'figure', ({ requirementWad }) => <Required wad={requirementWad} />],
          ]}
        />
      </details>
    </>
  );
}
