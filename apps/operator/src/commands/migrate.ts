import { readFileSync } from 'node:fs';
import { loadSpendingKey } from '@surety/config';
import { bytes32 } from '@surety/domain';
import type { ActOptions } from '../acts/act-by-hand.js';
import { findTarget } from '../acts/find-target.js';
import { parseMembers } from '../acts/parse-argument.js';
import { parseRotationFile } from '../acts/rotation-signatures.js';
import { parsePoints } from '../acts/signed-point.js';
import { operatorError } from '../errors.js';
import type { Migration, StepReport } from '../migrate/migration.js';
import { planRecovery } from '../migrate/plan-recovery.js';
import { agreeOn, edgeOf, planRewind } from '../migrate/plan-rewind.js';
import { planRiskManager } from '../migrate/plan-risk-manager.js';
import { planRotation } from '../migrate/plan-rotation.js';
import { planVaultMigration } from '../migrate/plan-vault-migration.js';
import { readEdgeEnds } from '../migrate/read-edge-ends.js';
import { findVerifiers, readVerifier } from '../migrate/read-verifier.js';
import { runMigration } from '../migrate/run-migration.js';
import { type Reach, openConfig } from '../open-config.js';
import { openKey, openReader } from '../open-sender.js';
import { checkFloors } from '../powers/check-floors.js';
import { readDeployment } from '../powers/read-deployment.js';
import { relayedEdges } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal.js';
import { parseAccountArgument } from '../parse-account.js';

/** Options of `surety migrate vault`. */
export interface MigrateVaultOptions extends ActOptions {
  readonly chain: string;
  readonly source: string;
  readonly salt?: string;
}

type Vault = NonNullable<Reach['network']['chains'][number]['vault']>;

/**
 * Migrates a chain's vault to a new one, as far as is possible now.
 * @throws MIGRATION_REFUSED, ACT_REFUSED, BAD_USE, DECLINED.
 */
export async function migrateVault(terminal: Terminal, options: MigrateVaultOptions): Promise<void> {
  const config = openConfig(terminal);
  if (!/^[1-9]\d{0,4}$/.test(options.source) || Number(options.source) > 65_535) {
    throw operatorError('BAD_USE', `--source is "${options.source}"; expected the new source's index, 1 to 65535`);
  }
  const [origin, home] = await Promise.all([
    findTarget(config, 'vault', { chain: options.chain }),
    findTarget(config, 'ledger', {}),
  ]);
  const migration = await planVaultMigration({
    network: config.network,
    origin,
    home,
    source: Number(options.source),
    ...(options.salt === undefined ? {} : { salt: bytes32(options.salt) }),
    floors: (vault) => readFloors(config, { chainId: origin.chain.chainId, vault }),
  });
  await carryOn(terminal, { config, migration }, options);
}

/** Runs a migration once and prints the state of each step. Exit code 0 only when every step is done. */
async function carryOn(
  terminal: Terminal,
  { config, migration }: { readonly config: Reach; readonly migration: Migration },
  options: ActOptions,
): Promise<void> {
  const account = options.dryRun === true ? undefined : openKey(loadSpendingKey(terminal.environment));
  if (options.json !== true) terminal.tell(migration.title);
  const tell = (report: StepReport): void => {
    if (options.json !== true) terminal.tell(describeStep(report));
  };
  const steps = await runMigration(migration, { terminal, options, config, account, tell });
  const isDone = steps.every(({ state }) => state === 'done' || state === 'sent');
  const afterwards = isDone ? await migration.afterwards() : [];
  const open = steps.filter(({ state }) => state !== 'done' && state !== 'sent').length;
  writeResult(terminal, options, { migration: migration.title, isDone, steps, afterwards }, () =>
    isDone
      ? ['every step is done', ...afterwards]
      : [
          `${open} of ${steps.length} steps are not done yet; run the same command again, with the key of whoever is named`,
        ],
  );
}

/**
 * Lists the floors that the deployment breaks, with another vault in one chain's place if one is given; none for a development
 * deployment.
 */
async function readFloors(
  { network, endpoints, clock }: Reach,
  other?: { readonly chainId: number; readonly vault: Vault },
): Promise<string[]> {
  const { settlement } = network;
  if (settlement === undefined) return [];
  const chains = network.chains.map((chain) =>
    chain.chainId === other?.chainId ? { ...chain, vault: other.vault } : chain,
  );
  const readers = new Map(
    chains
      .filter((chain) => chain.vault !== undefined || chain.chainId === settlement.chainId)
      .map((chain) => [chain.chainId, openReader({ chain, endpoints: endpoints.get(chain.chainId) ?? [], clock })]),
  );
  const facts = await readDeployment({ ...network, chains }, settlement, readers);
  if (facts.development) return [];
  return checkFloors(facts).map(
    ({ rule, where, seen, expected, next }) => `${rule} at ${where}: seen ${seen}; expected ${expected}; ${next}`,
  );
}

function describeStep({ number, chain, title, state, who, note, call }: StepReport): string {
  const lines = [`${number}. ${title} (${chain})`, `   ${state}: ${note}`, `   by ${who}`];
  return (call === undefined ? lines : [...lines, `   to ${call.to} data ${call.data}`]).join('\n');
}

/** Brings every verifier to the set that k of its members signed, as far as it goes now. @throws MIGRATION_REFUSED, ACT_REFUSED, NOT_JSON, DECLINED. */
export async function migrateAttesters(
  terminal: Terminal,
  files: readonly string[],
  options: ActOptions,
): Promise<void> {
  const config = openConfig(terminal);
  const signed = files.map((file) => parseRotationFile(readText(file), file));
  const verifiers = await Promise.all((await findVerifiers(config)).map(readVerifier));
  const migration = planRotation({ verifiers, files: signed, floors: () => readFloors(config) });
  await carryOn(terminal, { config, migration }, options);
}

/** Options of `surety migrate rewind`. */
export interface MigrateRewindOptions extends ActOptions {
  /** Files of entries that the replica applied. */
  readonly entries?: readonly string[];
}

/**
 * Rewinds a replica to a point that its journal agrees with, as far as is possible now.
 * @throws MIGRATION_REFUSED, ACT_REFUSED, NOT_JSON, BAD_USE, DECLINED.
 */
export async function migrateRewind(
  terminal: Terminal,
  files: readonly string[],
  options: MigrateRewindOptions,
): Promise<void> {
  const config = openConfig(terminal);
  const points = files.flatMap((file) => parsePoints(readText(file), file));
  const edge = edgeOf(relayedEdges(config.network, {}), agreeOn(points).statement);
  const chain = edge.destination.name;
  const migration = await planRewind({
    ends: await readEdgeEnds({ config, edge, clock: terminal.clock, entries: options.entries }),
    points,
    replica: await findTarget(config, edge.direction === 'to-ledger' ? 'ledger' : 'vault', { chain }),
    verifier: await readVerifier(await findTarget(config, 'attesters', { chain })),
  });
  await carryOn(terminal, { config, migration }, options);
}

/** Options of `surety migrate recovery`. */
export interface MigrateRecoveryOptions extends ActOptions {
  readonly chain: string;
  readonly members: string;
}

/**
 * Moves one verifier to a set without old signatures, as far as is possible now.
 * @throws MIGRATION_REFUSED, ACT_REFUSED, DECLINED.
 */
export async function migrateRecovery(terminal: Terminal, options: MigrateRecoveryOptions): Promise<void> {
  const config = openConfig(terminal);
  const verifier = await readVerifier(await findTarget(config, 'attesters', { chain: options.chain }));
  const members = parseMembers(options.members);
  const migration = planRecovery({ config, verifier, members, floors: () => readFloors(config) });
  await carryOn(terminal, { config, migration }, options);
}

/** Options of `surety migrate risk-manager`. */
export interface MigrateRiskManagerOptions extends ActOptions {
  readonly salt?: string;
  readonly accounts?: string;
}

/** Part of the new risk manager's address, if none is named. */
const FIRST_SALT = `0x${'00'.repeat(31)}01`;

/** Brings the ledger to a new risk manager of this build's code, as far as it goes now. @throws MIGRATION_REFUSED, ACT_REFUSED, BAD_USE, DECLINED. */
export async function migrateRiskManager(terminal: Terminal, options: MigrateRiskManagerOptions): Promise<void> {
  const config = openConfig(terminal);
  const home = await findTarget(config, 'ledger', {});
  const { network } = config;
  const named = options.accounts === undefined ? [] : options.accounts.split(',');
  const migration = await planRiskManager({
    config,
    home,
    salt: bytes32(options.salt ?? FIRST_SALT),
    accounts: named.map((one) => parseAccountArgument(one.trim(), '--accounts')),
    floors: (riskManager) =>
      network.settlement === undefined
        ? Promise.resolve([])
        : readFloors({ ...config, network: { ...network, settlement: { ...network.settlement, riskManager } } }),
  });
  await carryOn(terminal, { config, migration }, options);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw operatorError('BAD_USE', `${file} cannot be read; expected a file of surety attesters sign`, cause);
  }
}
