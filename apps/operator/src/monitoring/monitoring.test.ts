import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { createMetrics, exposeGauge, exposeReadiness } from '@surety/telemetry';
import {
  AGGREGATOR_RULES,
  DRIFT_RULES,
  KEEPER_RULES,
  LAGS_RULE,
  RELAYER_RULES,
  STAGES_RULE,
  WATCHER_RULES,
} from '@surety/telemetry/rules';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../program/program.js';
import { runSurety } from '../testing/run-surety.js';

const root = new URL('../../../../', import.meta.url);
const fileOf = (path: string): string => fileURLToPath(new URL(path, root));
const environment = { SURETY_CONFIG: fileOf('chains.config.json') };

interface RuleFile {
  readonly groups: readonly [
    {
      readonly rules: readonly {
        readonly alert: string;
        readonly expr: string;
        readonly for: string;
        readonly labels: { readonly severity: string };
        readonly annotations: { readonly summary: string; readonly runbook: string; readonly command: string };
      }[];
    },
  ];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

/** Labels by metric, as the processes register them; Prometheus adds `up`, `job` and `instance`, prom-client the start. */
function catalog(): ReadonlyMap<string, readonly string[]> {
  const rules = [WATCHER_RULES, AGGREGATOR_RULES, RELAYER_RULES, KEEPER_RULES, DRIFT_RULES];
  const registries = rules.map((each) => createMetrics({ rules: each, defaults: false }).registry);
  for (const registry of registries) for (const rule of [STAGES_RULE, LAGS_RULE]) exposeGauge(registry, rule, () => []);
  registries.forEach((registry) => exposeReadiness(registry, () => ({ ready: true, reasons: [] })));
  const metrics = registries.flatMap((registry) => registry.getMetricsAsArray()) as unknown as {
    readonly name: string;
    readonly labelNames: readonly string[];
  }[];
  return new Map([
    ['up', []],
    ['process_start_time_seconds', []],
    ...metrics.map(({ name, labelNames }): [string, readonly string[]] => [name, labelNames]),
  ]);
}

/** Faults of an expression: what does not parse, and metrics and labels that no process has. */
function faultsOf(expr: string): readonly string[] {
  const faults: string[] = [];
  const known = catalog();
  const named: string[] = [];
  const labels: string[] = [];
  // A dashboard's variable stands inside a string, where the grammar takes it.
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      const text = expr.slice(from, to);
      if (type.isError) faults.push(`does not parse at ${from}`);
      if (type.name === 'Identifier') named.push(text);
      if (type.name === 'LabelName') labels.push(text);
    },
  });
  const allowed = new Set(['job', 'instance', ...named.flatMap((name) => known.get(name) ?? [])]);
  faults.push(...named.filter((name) => !known.has(name)).map((name) => `no process has the metric ${name}`));
  faults.push(...labels.filter((label) => !allowed.has(label)).map((label) => `no metric here has the label ${label}`));
  if (named.length === 0) faults.push('names no metric');
  return faults;
}

/** True if commander knows the command and each of its options. */
function isCommand(line: string): boolean {
  const [npx, surety, ...words] = line.split(' ');
  let command: Command = buildProgram({} as Parameters<typeof buildProgram>[0], () => {});
  let depth = 0;
  for (const word of words) {
    const next: Command | undefined = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
    depth += 1;
  }
  const options = words.slice(depth);
  return (
    npx === 'npx' &&
    surety === 'surety' &&
    depth > 0 &&
    command.commands.length === 0 &&
    options.every((word) => command.options.some(({ long }) => long === word))
  );
}

describe('surety monitoring', () => {
  it('judges what is wrong with an expression or a command', () => {
    expect(faultsOf('surety_ready ==')).toEqual(['does not parse at 15']);
    expect(faultsOf('surety_redy == 0')).toEqual(['no process has the metric surety_redy']);
    expect(faultsOf('sum by (edge) (surety_wallet_wei{chain="1"})')).toEqual([
      'no metric here has the label edge',
      'no metric here has the label chain',
    ]);
    expect(
      ['npx surety explode', 'npx surety relay --yess', 'npx surety config', 'surety status'].map(isCommand),
    ).toEqual([false, false, false, false]);
  });

  it('writes alerts whose expressions, runbooks and commands exist', async () => {
    const { code, output } = await runSurety(['monitoring', 'alerts'], { environment });
    expect(code).toBe(0);
    const { rules } = (parse(output) as RuleFile).groups[0];
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('SuretyKnowledgeOld_8453');
    for (const { alert, expr, annotations, labels, ...rule } of rules) {
      expect([alert, ...faultsOf(expr)]).toEqual([alert]);
      expect([alert, existsSync(fileOf(annotations.runbook))]).toEqual([alert, true]);
      expect([annotations.command, isCommand(annotations.command)]).toEqual([annotations.command, true]);
      expect(rule.for).toMatch(/^[0-9]+[smh]$/);
      expect(labels.severity).toMatch(/^(?:page|ticket)$/);
      expect(annotations.summary.length).toBeGreaterThan(20);
    }
  });

  it('writes no alert that misses the first event, with which a counter of that event begins', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const atEach = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/increase\((\w+(?:\{[^}]*\})?)\[(\w+)\]\) > 0/g)].map(([all, counter, span]) => {
        const isNew = `${all} or (${counter} > 0 unless ${counter} offset ${span})`;
        const isOfYoung = `or (${counter} > 0 and on (job, instance) (time() - process_start_time_seconds < `;
        return [all, expr.includes(isNew) && expr.includes(isOfYoung)];
      }),
    );
    expect(atEach.length).toBeGreaterThan(5);
    expect(atEach.filter(([, isFound]) => !isFound)).toEqual([]);
  });

  it('pages for a process that its supervisor starts again and again', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const told = rules.filter(({ expr }) =>
      expr.includes('changes(process_start_time_seconds{job="surety"}[15m]) > 3'),
    );
    expect(told.map(({ labels, ...rule }) => [rule.for, labels.severity])).toEqual([['0m', 'page']]);
  });

  it('pages for a changed witness at once, and for one that could not be compared only if that lasts', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const spansOf = (code: string): string[] =>
      rules.filter(({ expr }) => expr.includes(`code=~"${code}`)).map((rule) => rule.for);
    expect([spansOf('WITNESS_DRIFT'), spansOf('WITNESS_UNKNOWN')]).toEqual([['0m'], ['10m']]);
  });

  it('pages at once for a journal that signatures contradict, and for a payment that its vault refused', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const told = (counter: string): unknown[] =>
      rules
        .filter(({ expr }) => expr.includes(`increase(${counter}[`))
        .map(({ labels, annotations, ...rule }) => [rule.for, labels.severity, annotations.runbook]);
    const expected = [['0m', 'page', 'docs/RUNBOOKS/06-stop-a-payment.md']];
    expect(told('surety_journal_contradictions_total')).toEqual(expected);
    expect(told('surety_payment_stages_total{stage="refused"}')).toEqual(expected);
  });

  it('pages for what a replica has held for as long as the providers of a ready watcher may lag', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const ahead = rules.find(({ alert }) => alert === 'SuretyReplicaAhead');
    expect(ahead?.expr).toContain(
      '> max by (edge) (surety_verified_count_entries and on (job, instance) (surety_ready',
    );
    // Two of Ethereum's steps of finality: twice 32 blocks of 12 s.
    expect(ahead?.expr).toMatch(/^max by \(edge\) \(min_over_time\(surety_stage_count_entries\{.+\}\[768s\]\)\) >/);
    expect([ahead?.for, ahead?.labels.severity]).toEqual(['2m', 'page']);
  });

  it('alerts once for each reason of a ready process, whatever its code, except of what a person chose', async () => {
    const { output } = await runSurety(['monitoring', 'alerts'], { environment });
    const { rules } = (parse(output) as RuleFile).groups[0];
    const matchers = rules.flatMap(({ alert, expr }) =>
      [...expr.matchAll(/surety_readiness_reasons\{code(=~|!~)"([^"]+)"\}/g)].map(([, operator, codes = '']) => {
        const pattern = new RegExp(`^(?:${codes})$`);
        return { alert, selects: (code: string) => pattern.test(code) === (operator === '=~') };
      }),
    );
    const alertsOf = (code: string): string[] =>
      matchers.filter(({ selects }) => selects(code)).map(({ alert }) => alert);
    expect(alertsOf('LOW_WALLET')).toEqual(['SuretyWalletLow']);
    for (const code of ['EDGE_STUCK', 'PRICES_STUCK', 'LOOP_FAILING', 'LOOP_STUCK'])
      expect([code, alertsOf(code)]).toEqual([code, ['SuretyLoopStuck']]);
    expect(alertsOf('HeadMismatch')).toEqual(['SuretyHeadMismatch']);
    const others = ['EPOCHS_OLD', 'BALANCES_UNREAD', 'REPORTS_UNSIGNED', 'DEGRADED_DELIVERY', 'HISTORY_UNCONFIRMED'];
    for (const code of [...others, 'HISTORY_ONE_DEVICE', 'CreditPaused', 'NO_UPDATE', 'other'])
      expect([code, alertsOf(code)]).toEqual([code, ['SuretyReasonLasts']]);
    expect(alertsOf('DRY_RUN')).toEqual([]);
  });

  it('writes a dashboard with a panel for every metric of every program, none above another', async () => {
    const { code, output } = await runSurety(['monitoring', 'dashboard'], { environment });
    expect(code).toBe(0);
    const { panels } = JSON.parse(output) as Dashboard;
    const targets = panels.flatMap((panel) => panel.targets ?? []);
    expect(targets.flatMap(({ expr }) => faultsOf(expr))).toEqual([]);
    const shown = targets.map(({ expr }) => expr).join('\n');
    const own = [...catalog().keys()].filter(
      (name) =>
        !/^(?:up|process_start_time_seconds|surety_(?:events|provider_events)_total|surety_event_duration_seconds)$/.test(
          name,
        ),
    );
    expect(own.filter((name) => !shown.includes(name))).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos }) => `${gridPos.x}:${gridPos.y}`)).size).toBe(panels.length);
  });

  it('wrote the files that deploy/ holds for the configuration of this repository', async () => {
    const alerts = await runSurety(['monitoring', 'alerts'], { environment });
    const dashboard = await runSurety(['monitoring', 'dashboard'], { environment });
    expect(readFileSync(fileOf('deploy/monitoring/alerts.yml'), 'utf8')).toBe(alerts.output);
    expect(readFileSync(fileOf('deploy/monitoring/dashboard.json'), 'utf8')).toBe(dashboard.output);
  });
});
