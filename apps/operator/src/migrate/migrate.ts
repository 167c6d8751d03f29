import { readFileSync } from 'node:fs';
import { bytes32 } from '@surety/domain';
import type { ActOptions } from '../chains/act-by-hand.js';
import { findTarget } from '../acts/find-target.js';
import { parseMembers } from '../acts/parse-argument.js';
import { parseRotationFile } from '../acts/rotation-signatures.js';
import { parsePoints } from '../attesters/signed-point.js';
import { operatorError } from '../errors.js';
import { carryOn, readFloors } from './carry-on.js';
import { parseNewWitnesses } from './new-witnesses.js';
import { planRecovery } from './plan-recovery.js';
import { agreeOn, edgeOf, planRewind } from './plan-rewind.js';
import { planRiskManager } from './plan-risk-manager.js';
import { planRotation } from './plan-rotation.js';
import { planVaultMigration } from './plan-vault-migration.js';
import { findServed } from './served-sources.js';
import { readEdgeEnds } from '../attesters/read-edge-ends.js';
import { findVerifiers, readVerifier } from '../attesters/read-verifier.js';
import { openConfig } from '../chains/open-config.js';
import { relayedEdges } from '../relay/relayed-edges.js';
import type { Terminal } from '../terminal/terminal.js';
import { parseAccountArgument } from '../terminal/parse-account.js';

/** Options of `surety migrate vault`. */
export interface MigrateVaultOptions extends ActOptions {
  readonly chain: string;
  readonly source: string;
  readonly salt?: string;
  /** File with the list of the new vault's witnesses. */
  readonly witnesses?: string;
}

/**
 * Migrates a chain's vault to a new one, as far as is possible now.
 * @throws MIGRATION_REFUSED, ACT_REFUSED, BAD_USE, NOT_JSON, CONFIG_INVALID, DECLINED.
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
    ...(options.witnesses === undefined
      ? {}
      : { witnesses: parseNewWitnesses(config.network, origin.chain, options.witnesses) }),
    floors: (vault) => readFloors(config, { chainId: origin.chain.chainId, vault }),
  });
  await carryOn(terminal, { config, migration }, options);
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
  const openHome = () => findTarget(config, 'ledger', {});
  const served = await findServed(config.network, verifier.target, openHome, (line) => terminal.tell(line));
  const migration = planRecovery({ config, verifier, members, served, floors: () => readFloors(config) });
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
