import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type KeySource, loadKeeperConfig } from '@surety/config';
import { systemClock } from '@surety/process';
import { KEEPER_RULES, createTelemetry } from '@surety/telemetry';
import { type Outbox, holdLease, openDevelopmentKey, openKeystore, openOutbox } from '@surety/transactions';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { KeeperParts } from './run-keeper.js';

/** Builds a keeper from this process: its environment, clock and files. @throws CONFIG_INVALID, KEY_UNREADABLE, OUTBOX_UNAVAILABLE, OUTBOX_CORRUPT. */
export function composeKeeper(): KeeperParts & { readonly journal: Outbox } {
  const config = loadKeeperConfig(process.env);
  return {
    config,
    account: openKey(config.key),
    telemetry: createTelemetry({ service: 'keeper', log: config.log, rules: KEEPER_RULES }),
    journal: openOutbox({ file: path.join(config.stateDir, 'outbox.sqlite') }),
    holdLease: (of) => holdLease({ ...of, directory: config.leaseDir }),
    clock: systemClock,
  };
}

function openKey(source: KeySource): PrivateKeyAccount {
  if (source.kind === 'environment') return openDevelopmentKey(source.key.reveal());
  return openKeystore(readFileSync(source.file, 'utf8'), source.password.reveal());
}
