import type { Network } from '@surety/config';
import {
  AGGREGATOR_RULES,
  DRIFT_RULES,
  KEEPER_RULES,
  LAGS_RULE,
  type MetricRule,
  RELAYER_RULES,
  STAGES_RULE,
  WATCHER_RULES,
} from '@surety/telemetry/rules';

/** Content of a panel. */
interface PanelSpec {
  readonly title: string;
  readonly help: string;
  readonly expr: string;
  readonly legend: string;
  readonly unit: string;
}

/** Panels in a row of the dashboard, and the size of each, in Grafana's grid of 24 columns. */
const GRID = { columns: 2, width: 12, height: 7 };

/** Rows of the dashboard: readiness first, then each program with one panel for each of its metrics. */
const PROGRAMS: readonly { readonly title: string; readonly rules: readonly MetricRule[] }[] = [
  { title: 'Watchers', rules: WATCHER_RULES },
  { title: 'Aggregators', rules: [...AGGREGATOR_RULES, STAGES_RULE, LAGS_RULE] },
  { title: 'Relayers', rules: RELAYER_RULES },
  { title: 'Keepers', rules: KEEPER_RULES },
  { title: 'Witnesses', rules: DRIFT_RULES },
];

const HEALTH: readonly PanelSpec[] = [
  {
    title: 'Ready',
    help: '1 while a process is ready.',
    expr: 'surety_ready',
    legend: '{{instance}}',
    unit: 'bool',
  },
  {
    title: 'Reasons',
    help: 'Codes that /health/ready names now.',
    expr: 'surety_readiness_reasons > 0',
    legend: '{{instance}} {{code}}',
    unit: 'none',
  },
  {
    title: 'Warnings and errors',
    help: 'By event and code, over five minutes.',
    expr: 'sum by (event, code) (increase(surety_failures_total[5m])) > 0',
    legend: '{{event}} {{code}}',
    unit: 'none',
  },
];

/** Builds the Grafana dashboard of a deployment; the chain is a variable whose values the configuration names. */
export function buildDashboard(network: Network): unknown {
  const rows = [
    { title: 'Health', panels: HEALTH },
    ...PROGRAMS.map(({ title, rules }) => ({ title, panels: panelsOf(rules) })),
  ];
  let y = 0;
  let id = 0;
  const panels = rows.flatMap(({ title, panels: specs }) => {
    const row = { id: (id += 1), type: 'row', title, collapsed: false, gridPos: { h: 1, w: 24, x: 0, y } };
    const top = y + 1;
    y = top + Math.ceil(specs.length / GRID.columns) * GRID.height;
    return [row, ...specs.map((spec, at) => panelOf(spec, { id: (id += 1), at, top }))];
  });
  return {
    uid: 'surety',
    title: 'Surety',
    tags: ['surety'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasource(), chainVariable(network)] },
    panels,
  };
}

function panelsOf(rules: readonly MetricRule[]): readonly PanelSpec[] {
  const first = new Map(rules.map((rule) => [rule.metric, rule]));
  return [...first.values()].map((rule) => {
    const matcher = rule.labels.includes('chain_id') ? '{chain_id=~"$chain"}' : '';
    const expr = rule.kind === 'counter' ? `rate(${rule.metric}${matcher}[5m])` : `${rule.metric}${matcher}`;
    return {
      title: rule.metric.replace(/^surety_/, '').replaceAll('_', ' '),
      help: rule.help,
      expr: rule.metric.endsWith('_as_of_seconds') ? `time() - ${expr}` : expr,
      legend: ['instance', ...rule.labels].map((label) => `{{${label}}}`).join(' '),
      unit: rule.metric.endsWith('_seconds') ? 's' : 'none',
    };
  });
}

function panelOf(spec: PanelSpec, place: { readonly id: number; readonly at: number; readonly top: number }): unknown {
  const { id, at, top } = place;
  const source = { type: 'prometheus', uid: '${datasource}' };
  return {
    id,
    type: 'timeseries',
    title: spec.title,
    description: spec.help,
    datasource: source,
    gridPos: {
      h: GRID.height,
      w: GRID.width,
      x: (at % GRID.columns) * GRID.width,
      y: top + Math.floor(at / GRID.columns) * GRID.height,
    },
    fieldConfig: { defaults: { unit: spec.unit }, overrides: [] },
    targets: [{ refId: 'A', datasource: source, expr: spec.expr, legendFormat: spec.legend }],
  };
}

function datasource(): unknown {
  return { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' };
}

function chainVariable({ chains }: Network): unknown {
  return {
    name: 'chain',
    type: 'custom',
    label: 'Chain',
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    query: chains.map(({ chainId, name }) => `${name} : ${chainId}`).join(','),
  };
}
