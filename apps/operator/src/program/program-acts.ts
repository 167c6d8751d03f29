import { Command } from 'commander';
import { type ActSpec, PLACES, type Place, callersOf, isSlowAct, meaningOf } from '../acts/act-spec.js';
import type { ActOptions } from '../chains/act-by-hand.js';
import { ACTS } from '../acts/act-table.js';
import { isAtHome } from '../acts/find-target.js';
import { type NamedActOptions, namedAct } from '../acts/act.js';
import { showAuction } from '../accounts/auctions.js';
import { listEvidence, proveEvidence } from '../attesters/evidence.js';
import { haltEdges } from '../attesters/halt-edges.js';
import { type LedgerShowOptions, ledgerShow } from '../doctor/ledger-show.js';
import {
  type MigrateRecoveryOptions,
  type MigrateRewindOptions,
  type MigrateRiskManagerOptions,
  type MigrateVaultOptions,
  migrateAttesters,
  migrateRewind,
  migrateRecovery,
  migrateRiskManager,
  migrateVault,
} from '../migrate/migrate.js';
import { type ChainAddOptions, addChain } from '../migrate/chain-add.js';
import { type SignRewindOptions, signRewind } from '../attesters/sign-rewind.js';
import { type SignRotationOptions, signRotation } from '../attesters/sign-rotation.js';
import { type TimelockOptions, cancelByIds, executeById, listOperations } from '../acts/timelock.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const KEY_HELP =
  '\nKey: SURETY_KEYSTORE_FILE with SURETY_PASSWORD_FILE, or SURETY_KEY in the development profile; none for --dry-run.';

const ENTRIES_HELP = 'files of entries that a contract handed in to the replica, which no calldata shows: runbook 15';

/** Adds a group of commands for each contract at which roles act, one command for each act of the table. */
export function addActs(program: Command, terminal: Terminal): void {
  for (const place of Object.keys(PLACES) as Place[]) {
    const group = program
      .command(place)
      .description(`${place === 'auction' ? 'acts' : 'acts of roles'} at ${PLACES[place].where}`);
    for (const spec of ACTS.filter((one) => one.place === place)) addAct(group, spec, terminal);
    if (place === 'timelock') addOperations(group, terminal);
    if (place === 'auction') addAuctionView(group, terminal);
    if (place === 'ledger') addLedgerView(group, terminal);
    if (place === 'attesters') {
      addEvidence(group, terminal);
      addHalting(group, terminal);
      addSigning(group, terminal);
      addRewindSigning(group, terminal);
    }
  }
}

function addAct(group: Command, spec: ActSpec, terminal: Terminal): void {
  const callers = callersOf(spec);
  const governed = callers.some((one) => one === 'governor' || one === 'itself');
  const wait = governed && isSlowAct(spec) ? ', 7 days' : '';
  const command = group.command(spec.name).description(`[${callers.join(' or ')}${wait}] ${meaningOf(spec)}`);
  for (const { option, kind, help, fallback, isKept } of spec.takes) {
    const flag = `--${option} <${kind}>`;
    if (isKept === true) command.option(flag, `${help}; as it is if left out`);
    else if (fallback === undefined) command.requiredOption(flag, help);
    else command.option(flag, help, fallback);
  }
  if (!isAtHome(spec.place)) command.requiredOption('--chain <id or name>', 'the chain');
  if (spec.place === 'role') command.requiredOption('--role <name>', 'guardian, pauser or riskAdmin');
  else if (spec.place !== 'timelock') command.option('--at <address>', 'another contract than the configured one');
  if (callers.length > 1) command.requiredOption('--as <role>', callers.join(' or '));
  if (governed) addModes(command);
  withAct(command).action((options: NamedActOptions) => namedAct(terminal, spec, options));
}

function addModes(command: Command): void {
  command
    .option('--schedule', 'schedule it at the timelock')
    .option('--execute', 'execute it, once it is ready')
    .option('--cancel', 'cancel what is scheduled, as guardian')
    .option('--after <operation>', 'schedule it behind another operation')
    .option('--salt <word>', 'name of the operation among equal ones; the first free one if left out')
    .option('--wait-for <length>', 'schedule it with a longer delay than the timelock asks for, such as 96h');
}

function addOperations(group: Command, terminal: Terminal): void {
  group
    .command('list')
    .description('show what waits, decoded, with the dates from which and until which it may be executed')
    .option('--chain <id or name>', 'one chain only')
    .option('--json', 'write one JSON document')
    .action((options: TimelockOptions) => listOperations(terminal, options));
  withAct(group.command('execute').argument('<operation>', 'its id, as surety timelock list shows it'))
    .description('[anyone] execute what is ready')
    .requiredOption('--chain <id or name>', 'the chain')
    .action((id: string, options: TimelockOptions) => executeById(terminal, id, options));
  withAct(group.command('cancel').argument('<operations...>', 'their ids, as surety timelock list shows them'))
    .description('[canceller] cancel what waits, in one call')
    .requiredOption('--chain <id or name>', 'the chain')
    .action((ids: string[], options: TimelockOptions) => cancelByIds(terminal, ids, options));
}

function addLedgerView(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .description('show what ledger and vaults keep of each source: state, counts, witnesses, limits, epochs')
    .option('--chain <id or name>', 'only the source of this chain')
    .option('--json', 'write one JSON document')
    .action((options: LedgerShowOptions) => ledgerShow(terminal, options));
}

function addAuctionView(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .argument('<account>', 'account: its name, or its owner’s address')
    .description('show an account’s health and auction, what a bid would take for each protocol, and who may act next')
    .option('--json', 'write one JSON document')
    .action((name: string, options: OutputOptions) => showAuction(terminal, name, options));
}

function addEvidence(group: Command, terminal: Terminal): void {
  group
    .command('evidence')
    .description('list the pairs of statements by which members contradicted themselves, as the aggregator keeps them')
    .option('--json', 'write one JSON document, which surety attesters prove reads')
    .action((options: OutputOptions) => listEvidence(terminal, options));
  withAct(group.command('prove').argument('[file]', 'evidence that was saved; the aggregator’s if left out'))
    .description('[anyone] suspend for good who contradicted itself, at the verifier for which it signed')
    .action((file: string | undefined, options: ActOptions) => proveEvidence(terminal, file, options));
}

function addHalting(group: Command, terminal: Terminal): void {
  withAct(
    group.command('halt').argument('[sources...]', 'watchers’ addresses, or files of what their GET /v1/halts answers'),
  )
    .description(
      '[anyone] halt each edge for which n − k + 1 members signed that its finality broke; asks SURETY_WATCHER_URLS if no source is named',
    )
    .action((sources: string[], options: ActOptions) => haltEdges(terminal, sources, options));
}

function addSigning(group: Command, terminal: Terminal): void {
  group
    .command('sign')
    .description(
      '[member] sign the next set at every verifier, for whoever collects k signatures; writes one JSON document',
    )
    .requiredOption('--members <addresses>', 'addresses of the new set, apart by commas')
    .requiredOption('--active-from <time>', 'its beginning: seconds since 1970, an ISO date, or +8d')
    .option('--yes', 'do not ask')
    .option('--json', 'as it is without')
    .addHelpText('after', KEY_HELP)
    .action((options: SignRotationOptions) => signRotation(terminal, options));
}

function addRewindSigning(group: Command, terminal: Terminal): void {
  group
    .command('sign-rewind')
    .description(
      '[member] sign the point to which a replica is rewound, with the watcher’s own settings, key and history while it does not run, or by the watcher itself with --tell; writes one JSON document',
    )
    .requiredOption('--chain <id or name>', 'chain of the vault at one end')
    .requiredOption('--direction <to-ledger|to-vault>', 'which of its two edges')
    .requiredOption('--count <number>', 'entries up to the point')
    .option(
      '--block <height>',
      'frame of the journal’s chain that the first signer was told; its newest one if left out',
    )
    .option('--tell', 'have the running watcher sign it at each heartbeat, so that nobody names a block')
    .option('--entries <files...>', ENTRIES_HELP)
    .option('--yes', 'do not ask')
    .option('--json', 'as it is without')
    .action((options: SignRewindOptions) => signRewind(terminal, options));
}

/** Adds the migrations: plans of several acts, each continued by running it again. */
export function addMigrations(program: Command, terminal: Terminal): void {
  const migrate = program
    .command('migrate')
    .description('bring a deployment from one part to another, step by step; each run does what can be done now');
  withAct(migrate.command('vault'))
    .description('a vault to a new one on its chain, which becomes a source of its own')
    .requiredOption('--chain <id or name>', 'chain of the vault')
    .requiredOption('--source <number>', 'index of the new source')
    .option('--salt <word>', 'part of the new vault’s address, 32 bytes')
    .option(
      '--witnesses <file>',
      'JSON list of pairs that are built for the new vault, as chains.config.json states witnesses',
    )
    .action((options: MigrateVaultOptions) => migrateVault(terminal, options));
  withAct(migrate.command('attesters').argument('<files...>', 'what k members wrote with surety attesters sign'))
    .description('every verifier to the set that its present members signed')
    .action((files: string[], options: ActOptions) => migrateAttesters(terminal, files, options));
  withAct(migrate.command('rewind').argument('<files...>', 'what k members wrote with sign-rewind'))
    .description('one replica back to a point that k members signed; the edge is the files’ own')
    .option('--entries <files...>', ENTRIES_HELP)
    .action((files: string[], options: MigrateRewindOptions) => migrateRewind(terminal, files, options));
  withAct(migrate.command('recovery'))
    .description(
      'one verifier to a set without old signatures: governor and guardian agree, 14 days later it is installed',
    )
    .requiredOption('--chain <id or name>', 'chain of the verifier')
    .requiredOption('--members <addresses>', 'addresses of the new set, apart by commas')
    .action((options: MigrateRecoveryOptions) => migrateRecovery(terminal, options));
  withAct(migrate.command('risk-manager'))
    .description(
      'the ledger to a new risk manager of this build’s code, with the same feeds; it weighs 7 days after it is named',
    )
    .option('--salt <word>', 'part of the new one’s address, 32 bytes')
    .option('--accounts <names>', 'owners or accounts whose margins are compared too, apart by commas')
    .action((options: MigrateRiskManagerOptions) => migrateRiskManager(terminal, options));
}

/** Adds the commands about whole chains. */
export function addChains(program: Command, terminal: Terminal): void {
  const chain = program.command('chain').description('bring further chains to a running deployment');
  withAct(chain.command('add').argument('<file>', 'the chain as the plan of a deployment states it, one JSON object'))
    .description(
      'contracts, witnesses, source and tokens of a new chain, step by step; each run does what can be done now',
    )
    .option('--salt <word>', 'part of the new contracts’ addresses, 32 bytes')
    .addHelpText(
      'after',
      '\nThe last steps search the blocks in which the contracts were created: one provider of each chain must keep old states.',
    )
    .action((file: string, options: ChainAddOptions) => addChain(terminal, file, options));
}

function withAct(command: Command): Command {
  return withJson(withKey(command, 'simulate in the role’s name and send nothing', { help: KEY_HELP }));
}
