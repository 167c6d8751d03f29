import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type KeySource, loadRelayerConfig } from '@surety/config';
import { systemClock } from '@surety/process';
import { DRIFT_RULES, RELAYER_RULES, createTelemetry } from '@surety/telemetry';
import { type Outbox, holdLease, openDevelopmentKey, openKeystore, openOutbox } from '@surety/transactions';
import { armCrashPoint } from '@surety/workflows';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { RelayerParts } from './run-relayer.js';

/** Builds a relayer from this process: its environment, clock and files. @throws CONFIG_INVALID, KEY_UNREADABLE, OUTBOX_UNAVAILABLE, OUTBOX_CORRUPT. */
export function composeRelayer(): RelayerParts & { readonly journal: Outbox } {
  const config = loadRelayerConfig(process.env);
  armCrashPoint(config.crashAt, () => process.kill(process.pid, 'SIGKILL'));
  return {
    config,
    account: openKey(config.key),
    telemetry: createTelemetry({
      service: 'relayer',
      log: config.log,
      rules: [...RELAYER_RULES, ...DRIFT_RULES],
      traces: config.traces && { settings: config.traces, clock: systemClock },
    }),
    journal: openOutbox({ file: path.join(config.stateDir, 'outbox.sqlite') }),
    holdLease: (of) => holdLease({ ...of, directory: config.leaseDir }),
    clock: systemClock,
  };
}

function openKey(source: KeySource): PrivateKeyAccount {
  if (source.kind === 'environment') return openDevelopmentKey(source.key.reveal());
  return openKeystore(readFileSync(source.file, 'utf8'), source.password.reveal());
}
