import { loadNetwork } from '@surety/config';
import { alertRulesOf } from './alert-rules.js';
import { renderAlerts } from './render-alerts.js';
import { buildDashboard } from './render-dashboard.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Writes Prometheus' alert rules for the chains of chains.config.json. */
export function monitoringAlerts(terminal: Terminal, options: OutputOptions): void {
  const alerts = alertRulesOf(loadNetwork(terminal.environment));
  writeResult(terminal, options, { alerts }, () => renderAlerts(alerts).trimEnd().split('\n'));
}

/** Writes a Grafana dashboard for the chains of chains.config.json, ready to be imported. */
export function monitoringDashboard(terminal: Terminal): void {
  terminal.write(`${JSON.stringify(buildDashboard(loadNetwork(terminal.environment)), null, 2)}\n`);
}
