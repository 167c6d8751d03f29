import type { AlertRule } from './alert-rules.js';

/** Writes alerts as a rule file of Prometheus; texts stand in double quotes, which YAML reads as JSON does. */
export function renderAlerts(rules: readonly AlertRule[]): string {
  const lines = rules.flatMap((rule) => [
    `      - alert: ${rule.name}`,
    `        expr: ${JSON.stringify(rule.expr)}`,
    `        for: ${rule.for}`,
    '        labels:',
    `          severity: ${rule.severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(rule.summary)}`,
    `          runbook: docs/RUNBOOKS/${rule.runbook}`,
    `          command: ${JSON.stringify(`npx ${rule.command}`)}`,
  ]);
  return ['# Written by: npx surety monitoring alerts', 'groups:', '  - name: surety', '    rules:', ...lines, ''].join(
    '\n',
  );
}
