import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { formatMoment } from './format.js';
import { DRAWN_HEALTH_MAX, type TimedHealth, describeTrail, drawTrail } from './health-trail.js';

const HEIGHT_PX = 220;
const SECONDS_PER_DAY = 86_400;
/** Below this health an account may be liquidated. */
const LIQUIDATED_BELOW = 1;

/** Draws the health of an account over time, oldest first; each health holds until the next is noted. */
export function HealthChart({ trail }: { readonly trail: readonly TimedHealth[] }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const shown = useRef(trail);
  shown.current = trail;
  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new UPlot(optionsFor(target), seriesOf(shown.current), target);
    };
    draw();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    const sized = new ResizeObserver(() => chart.current?.setSize({ width: target.clientWidth, height: HEIGHT_PX }));
    sized.observe(target);
    return () => {
      scheme.removeEventListener('change', draw);
      sized.disconnect();
      chart.current?.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setData(seriesOf(trail)), [trail]);
  return <div class="chart" ref={box} role="img" aria-label={describeTrail(trail)} />;
}

function seriesOf(trail: readonly TimedHealth[]): UPlot.AlignedData {
  const { times, healths } = drawTrail(trail);
  return [[...times], [...healths], times.map(() => LIQUIDATED_BELOW)];
}

function optionsFor(target: HTMLElement): UPlot.Options {
  const colours = getComputedStyle(target);
  const colour = (name: string): string => colours.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
  };
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    width: target.clientWidth,
    height: HEIGHT_PX,
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    scales: {
      y: { range: (_chart, least, most) => [Math.min(0.9, least * 0.95), Math.min(DRAWN_HEALTH_MAX, most * 1.05)] },
    },
    axes: [{ ...axis, values: (_chart, splits, _axis, _space, step) => splits.map((at) => nameTime(at, step)) }, axis],
    series: [
      { label: 'Time', value: (_chart, seconds, _series, at) => (at === null ? '–' : formatMoment(BigInt(seconds))) },
      {
        label: 'Health',
        stroke: colour('--accent'),
        width: 2,
        ...(stepped === undefined ? {} : { paths: stepped }),
        value: (_chart, health: number | null, _series, at) =>
          at === null ? '–' : (health?.toFixed(3) ?? 'nothing owed'),
      },
      {
        label: 'Liquidated below',
        stroke: colour('--bad'),
        dash: [6, 6],
        points: { show: false },
        value: () => String(LIQUIDATED_BELOW),
      },
    ],
  };
}

/** Names a time on the axis: the day, or the hour where the steps are shorter. */
function nameTime(seconds: number, step: number): string {
  const moment = formatMoment(BigInt(Math.round(seconds)));
  const hour = moment.slice(11, 16);
  return step >= SECONDS_PER_DAY || hour === '00:00' ? moment.slice(5, 10) : hour;
}
