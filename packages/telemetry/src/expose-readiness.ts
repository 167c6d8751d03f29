import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from './start-health-server.js';

/** The metrics of readiness: what an alert needs of `/health/ready`. */
export const READINESS_METRICS = {
  ready: { name: 'surety_ready', help: '1 while the process is ready, 0 while it is not.' },
  reasons: {
    name: 'surety_readiness_reasons',
    help: 'Reasons that /health/ready names, by code; a ready process may name some too.',
  },
} as const;

/** Most different codes at once before further ones are counted as `other`. */
const CODES_MAX = 64;

/** Adds readiness and its reasons to a registry; both are asked for at each scrape, so that they are never older. */
export function exposeReadiness(registry: Registry, readiness: () => Readiness): void {
  const registers = [registry];
  const ready: Gauge = new Gauge({
    ...READINESS_METRICS.ready,
    registers,
    collect: () => ready.set(readiness().ready ? 1 : 0),
  });
  const reasons: Gauge = new Gauge({
    ...READINESS_METRICS.reasons,
    labelNames: ['code'],
    registers,
    collect: () => {
      reasons.reset();
      for (const [code, count] of countsOf(readiness())) reasons.set({ code }, count);
    },
  });
}

function countsOf({ reasons }: Readiness): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of reasons) {
    const isKnown = /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(code) && (counts.has(code) || counts.size < CODES_MAX);
    const label = isKnown ? code : 'other';
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}
