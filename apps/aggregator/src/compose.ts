import type { AddressInfo } from 'node:net';
import { loadAggregatorConfig } from '@surety/config';
import { systemClock } from '@surety/process';
import {
  AGGREGATOR_RULES,
  DRIFT_RULES,
  type LogDestination,
  createTelemetry,
  exposeReadiness,
  portError,
} from '@surety/telemetry';
import { Intake, armCrashPoint } from '@surety/workflows';
import type { LoggerService } from '@nestjs/common';
import { ChainsModule } from './chains/chains-module.js';
import { exposeEdgeGauges } from './entries/edge-gauges.js';
import { EdgeViews } from './entries/edge-views.js';
import { ReadinessService } from './health/readiness.js';
import { createApp } from './http/create-app.js';
import { STOP_GRACE_MS } from './limits.js';
import { ProcessModule } from './process-module.js';
import { FollowingModule } from './projections/following-module.js';
import { StoreModule } from './store-module.js';

/** A running aggregator. */
export interface RunningAggregator {
  readonly url: string;
  /** Ends requests and loops, then closes the database. */
  close(): Promise<void>;
}

/** Starts an aggregator from its environment. @throws configuration, database and port errors. */
export async function startAggregator(
  environment: Readonly<Record<string, string | undefined>>,
  destination: LogDestination = process.stdout,
): Promise<RunningAggregator> {
  const config = loadAggregatorConfig(environment);
  armCrashPoint(config.crashAt, () => process.kill(process.pid, 'SIGKILL'));
  const rules = [...AGGREGATOR_RULES, ...DRIFT_RULES];
  const traces = config.traces && { settings: config.traces, clock: systemClock };
  const telemetry = createTelemetry({ service: 'aggregator', log: config.log, rules, destination, traces });
  const world = ProcessModule.forRoot({ config, clock: systemClock, telemetry });
  const app = await createApp([world, StoreModule, ChainsModule, FollowingModule], config);
  const readiness = app.get(ReadinessService);
  exposeReadiness(telemetry.registry, () => readiness.check());
  exposeEdgeGauges(telemetry.registry, { intake: app.get(Intake), edges: app.get(EdgeViews) });
  await app.listen(config.http.port, config.http.host).catch(async (cause: unknown) => {
    await app.close();
    throw portError(config.http, cause);
  });
  const url = urlOf(config.http.host, app.getHttpServer().address() as AddressInfo);
  telemetry.announce(url);
  const failed = new FailureLog();
  app.useLogger(failed);
  const close = async (): Promise<void> => {
    const closed = new AbortController();
    void systemClock.sleep(STOP_GRACE_MS, closed.signal).then(() => app.getHttpServer().closeAllConnections());
    await app.close().finally(() => closed.abort());
    await telemetry.close();
    if (failed.causes.length > 0) throw failed.causes[0];
  };
  return { url, close };
}

/** Keeps what Nest would log: a hook of the shutdown that fails is told nowhere else. */
class FailureLog implements LoggerService {
  readonly causes: unknown[] = [];

  error(cause: unknown): void {
    this.causes.push(cause);
  }

  log(): void {}

  warn(): void {}
}

function urlOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
