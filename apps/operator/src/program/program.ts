import { EXIT } from '@surety/process';
import { Argument, Command, CommanderError } from 'commander';
import { account } from '../accounts/account.js';
import { type AddressesOptions, addresses } from '../configuration/addresses.js';
import { type AuctionsOptions, auctions } from '../accounts/auctions.js';
import { type AppointOptions, appoint } from '../accounts/appoint.js';
import { type ClaimOptions, claim } from '../payments/claim.js';
import { type ClearHaltOptions, clearHaltByHand } from '../attester/clear-halt.js';
import { configEnv, configShow } from '../configuration/config.js';
import { ROLES, type TemplateRole } from '../configuration/environment-template.js';
import { configDiff } from '../configuration/config-diff.js';
import { type LintOptions, configLint } from '../configuration/config-lint.js';
import { type DoctorOptions, doctor } from '../doctor/doctor.js';
import { explainAnything } from '../explain/explain.js';
import { type ReturnOptions, giveBack, refund } from '../payments/give-back.js';
import { journalDigest, journalHead } from '../proofs/journal.js';
import { type KeyNewOptions, keyNew } from '../configuration/key-new.js';
import { type LockOptions, lock } from '../lock/lock.js';
import { monitoringAlerts, monitoringDashboard } from '../monitoring/monitoring.js';
import { type PowersOptions, powers } from '../powers/powers.js';
import { proofSolvency } from '../proofs/proof-solvency.js';
import { type ProofVerifyOptions, proofMake, proofVerify } from '../proofs/proof.js';
import { type ReleaseOptions, release } from '../lock/release.js';
import { showRisk } from '../accounts/risk.js';
import { status } from '../doctor/status.js';
import { type StopOptions, stop } from '../payments/stop.js';
import { bisect } from '../doctor/bisect.js';
import { showWebhookSecrets, testWebhooks } from '../monitoring/webhooks.js';
import { witnesses } from '../doctor/witnesses.js';
import { type WatchOptions, keepShowing } from '../terminal/keep-showing.js';
import { failureLine, tellFailure } from '../errors.js';
import { addActs, addChains, addMigrations } from './program-acts.js';
import { KEY_HELP } from '../chains/open-sender.js';
import { addExit } from './program-exit.js';
import { addMargin, addParameters } from './program-margin.js';
import { addMarkets } from './program-markets.js';
import { addOwnerCommands } from './program-owner.js';
import { addRelay } from './program-relay.js';
import { addShell } from './program-shell.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const HELP = `
Exit codes: 0 done, 1 needs a person, 2 wrong use, 75 try again later.
Configuration: SURETY_CONFIG (./chains.config.json), SURETY_AGGREGATOR_URLS (http://127.0.0.1:8710).`;

/** Runs one command line and gives its exit code; never throws. */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  let misused = '';
  const program = buildProgram(terminal, (text) => (misused += text));
  const isJson = argv.includes('--json');
  const json = (code: string, message: string): string => JSON.stringify({ error: { code, message } });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.done;
  } catch (failure) {
    if (failure instanceof CommanderError) {
      if (failure.exitCode === 0) return EXIT.done;
      const message = misused.trim();
      terminal.tell(isJson ? json('BAD_USE', message.replace(/^error: /, '')) : message);
      return EXIT.wrongUse;
    }
    const { code, message, exitCode } = tellFailure(failure);
    terminal.tell(isJson ? json(code, message) : failureLine({ code, message }));
    return exitCode;
  }
}

/** Builds the whole command line, without running it. */
export function buildProgram(terminal: Terminal, misuse: (text: string) => void): Command {
  const program = new Command('surety')
    .description('Lock collateral where it is, trade where you want: the operator’s command line.')
    .version('0.1.0')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureHelp({ optionDescription: (option) => `${option.description}${option.mandatory ? ' (required)' : ''}` })
    .configureOutput({ writeOut: (text) => terminal.write(text), writeErr: misuse });
  addReading(program, terminal);
  addConfig(program, terminal);
  addKeys(program, terminal);
  addProofs(program, terminal);
  addBisect(program, terminal);
  addMonitoring(program, terminal);
  addWebhooks(program, terminal);
  addJournal(program, terminal);
  addMargin(program, terminal);
  addParameters(program, terminal);
  addLock(program, terminal);
  addRelease(program, terminal);
  addOwnerCommands(program, terminal);
  addRelay(program, terminal);
  addBadDays(program, terminal);
  addClearHalt(program, terminal);
  addExit(program, terminal);
  addMarkets(program, terminal);
  addActs(program, terminal);
  addMigrations(program, terminal);
  addChains(program, terminal);
  addShell(program, terminal);
  return program;
}

const EXPLAIN_HELP =
  'a transaction’s hash, <edge>:<index>, an account, an attester, an edge, USDC@alpha, a chain, a market, a relayer’s URL, or auction:<account>, line:<account>:<assetId>, parked:<source>:<index>';

function addReading(program: Command, terminal: Terminal): void {
  withWatch(program.command('doctor'))
    .description('check configuration, providers, contracts, aggregator and native modules; say what to mend')
    .option(
      '--attester',
      'check this machine’s attester too, from the environment of its watcher: key, disks, port, clock',
    )
    .action((options: DoctorOptions & WatchOptions) => keepShowing(terminal, options, () => doctor(terminal, options)));
  withWatch(program.command('status'))
    .description('show chains, edges, attesters and the aggregator’s own check against the ledger')
    .action((options: WatchOptions) => keepShowing(terminal, options, () => status(terminal, options)));
  withJson(program.command('powers'))
    .description('show every power of the deployment, its holder and delay; refuse one that breaks the floors')
    .option('--losses', 'show what each stolen key costs, from the deployment’s own limits')
    .action((options: PowersOptions) => powers(terminal, options));
  withJson(program.command('addresses'))
    .description('list every contract of the configuration by chain and name, and what the file lacks')
    .option('--chain <id or name>', 'only this chain')
    .action((options: AddressesOptions) => addresses(terminal, options));
  withWatch(program.command('account').argument('<account>', 'owner address, or a 32-byte account name'))
    .description('show an account’s lines, unified margin with its haircuts, and locks under way with stage and reason')
    .action((name: string, options: WatchOptions) =>
      keepShowing(terminal, options, () => account(terminal, name, options)),
    );
  withJson(program.command('explain').argument('<anything>', EXPLAIN_HELP))
    .description('say why a thing stands where it does: the first condition that fails, who acts next, what to run')
    .addHelpText(
      'after',
      '\nIt ends with 0 once it has explained, be the thing well, late or stopped: scripts read `outcome` of --json.',
    )
    .action((wanted: string, options: OutputOptions) => explainAnything(terminal, wanted, options));
  withJson(program.command('risk'))
    .description('judge the whole ledger: what falls of prices would leave, and who holds most of each asset')
    .action((options: OutputOptions) => showRisk(terminal, options));
  withJson(program.command('auctions'))
    .description('list the accounts below a step of health with their auctions, and what may be done for each')
    .option('--below <step>', 'step of the health ladder: 1.5, 1.2, 1.05 or 1', '1.05')
    .action((options: AuctionsOptions) => auctions(terminal, options));
  withJson(program.command('witnesses'))
    .description(
      'show what each LayerZero and Wormhole witness has told, how far it is confirmed, and what the rest costs',
    )
    .action((options: OutputOptions) => witnesses(terminal, options));
}

function withWatch(command: Command): Command {
  return withJson(command).option('--watch [seconds]', 'show it again every so many seconds, 5 if left out');
}

function addConfig(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('read and check chains.config.json');
  withJson(config.command('show'))
    .description('show the checked configuration')
    .action((options: OutputOptions) => configShow(terminal, options));
  config
    .command('env')
    .addArgument(new Argument('<role>', 'the program to fill it in for').choices(ROLES))
    .description('write every environment variable of a program with its default, ready to be filled in')
    .action((role: TemplateRole) => configEnv(terminal, role));
  withJson(config.command('lint'))
    .description('judge the configuration by named security rules, with a score; exit code 1 if one of them refuses it')
    .option('--rules', 'list the rules instead, with --json their reasons and examples too')
    .option('--markdown', 'list them as docs/CONFIG-LINT.md')
    .option('--example <rule>', 'write a whole file that breaks this rule instead')
    .option('--good', 'write the one that keeps it')
    .option('--as-production', 'judge development chains as if they were public')
    .action((options: LintOptions) => configLint(terminal, options));
  withJson(config.command('diff'))
    .description('compare the witnesses on their chains with the configuration; exit code 1 if they differ')
    .action((options: OutputOptions) => configDiff(terminal, options));
}

function addKeys(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('make a key for a program or a person');
  withJson(key.command('new').argument('<file>', 'the keystore to write; never one that is there'))
    .description('make a key in an encrypted keystore that only you may read; tells its address, never the key')
    .option('--password-file <file>', 'file with the password, mode 0600; asked for if left out')
    .option('--light', 'for local chains: costs nothing to open, nor to guess the password of')
    .action((file: string, options: KeyNewOptions) => keyNew(terminal, file, options));
}

function addBisect(program: Command, terminal: Terminal): void {
  withJson(
    program
      .command('bisect')
      .argument('[urls...]', 'two aggregators; by default the first two of SURETY_AGGREGATOR_URLS'),
  )
    .description('find the first line about which two aggregators differ, and ask the ledger; exit code 1 if they do')
    .action((urls: string[], options: OutputOptions) => bisect(terminal, urls, options));
}

function addWebhooks(program: Command, terminal: Terminal): void {
  const webhook = program.command('webhook').description('who hears of crossed steps of health');
  withJson(webhook.command('secrets'))
    .description(
      'show each receiver’s own secret, from the environment of the aggregator that sends: keep it as you keep a key',
    )
    .action((options: OutputOptions) => showWebhookSecrets(terminal, options));
  withJson(webhook.command('test'))
    .description(
      'send each receiver a signed message that stands for nothing, and show its answer; exit code 75 if one takes none',
    )
    .action((options: OutputOptions) => testWebhooks(terminal, options));
}

function addProofs(program: Command, terminal: Terminal): void {
  const proof = program.command('proof').description('prove that lines are counted, and that vaults hold what is owed');
  proof
    .command('make')
    .argument('<account>', 'owner address, or a 32-byte account name')
    .description('write the aggregator’s proof as one JSON document')
    .action((name: string) => proofMake(terminal, name));
  withJson(proof.command('solvency'))
    .description('prove by storage what is owed of each asset and what the vaults hold; --json writes the proof itself')
    .action((options: OutputOptions) => proofSolvency(terminal, options));
  withJson(
    proof.command('verify').argument('<file>', 'what `surety proof make` or `surety proof solvency --json` wrote'),
  )
    .description('check a proof without any connection; exit code 1 if it is refused, or shows too little')
    .option('--account <account>', 'whose proof it must be; the account that it names if left out')
    .option('--commitment <hash>', 'the commitment that another aggregator gave')
    .action((file: string, options: ProofVerifyOptions) => proofVerify(terminal, file, options));
}

function addMonitoring(program: Command, terminal: Terminal): void {
  const monitoring = program.command('monitoring').description('write what Prometheus and Grafana need');
  withJson(monitoring.command('alerts'))
    .description('alert rules of Prometheus for the configured chains, each with a runbook and a first command')
    .action((options: OutputOptions) => monitoringAlerts(terminal, options));
  monitoring
    .command('dashboard')
    .description('a Grafana dashboard with every metric of every program, as JSON to import')
    .action(() => monitoringDashboard(terminal));
}

function addJournal(program: Command, terminal: Terminal): void {
  const journal = program
    .command('journal')
    .description('compute journals from {"cases":[{"id","input"}]} on standard input');
  withJson(journal.command('head'))
    .description('packed entries and every head, head[0] first')
    .action((options: OutputOptions) => journalHead(terminal, options));
  withJson(journal.command('digest'))
    .description('the EIP-712 digest of each statement')
    .action((options: OutputOptions) => journalDigest(terminal, options));
}

function addLock(program: Command, terminal: Terminal): void {
  withJson(program.command('lock'))
    .description('lock tokens in a vault for an account; asks before it spends')
    .requiredOption('--chain <id or name>', 'collateral chain')
    .requiredOption('--asset <symbol>', 'asset of that chain’s vault')
    .requiredOption('--amount <decimal>', 'whole tokens, such as 100.5')
    .option('--account <account>', 'owner address or account name; the sender’s own if left out')
    .option(
      '--fee <decimal>',
      'part of the amount that pays the relayer; the smallest that the vault takes if left out',
    )
    .option('--native', 'lock the chain’s coin through its gateway, which wraps it')
    .option('--dry-run', 'check and simulate, show what it gives and costs; send nothing')
    .option('--yes', 'do not ask')
    .option(
      '--wait',
      'follow the lock until it counts in the margin: exit code 0; 1 if it is parked or stopped, 75 after an hour',
    )
    .addHelpText('after', KEY_HELP)
    .action((options: LockOptions) => lock(terminal, options));
}

function addRelease(program: Command, terminal: Terminal): void {
  withJson(program.command('release'))
    .description('debit a line on the ledger, so that the vault of its chain pays; asks before it spends')
    .requiredOption('--chain <id or name>', 'collateral chain whose vault pays')
    .requiredOption('--asset <symbol>', 'asset of that chain’s vault')
    .requiredOption('--amount <decimal>', 'whole tokens, such as 100.5, or what may leave now: all')
    .option('--account <account>', 'owner address or account name; the sender’s own if left out')
    .option('--recipient <address>', 'who is paid on the collateral chain; the sender if left out')
    .option('--fee <decimal>', 'part of the amount for whoever executes the payment', '0')
    .option('--dry-run', 'check and simulate, show what it leaves and costs; send nothing')
    .option('--yes', 'do not ask')
    .option(
      '--wait',
      'follow the release until its payment is final: exit code 0; 1 if it is not paid, 75 after an hour',
    )
    .addHelpText('after', KEY_HELP)
    .action((options: ReleaseOptions) => release(terminal, options));
}

const ENTRY_HELP = '<edge>:<index> of the release, as surety release prints it';
const PACKED_HELP = 'the 95 bytes of its entry, where no aggregator gives them';

function addBadDays(program: Command, terminal: Terminal): void {
  withAct(program.command('claim').argument('<entry>', ENTRY_HELP))
    .description('pay a claimable payment to its recipient; anyone may')
    .option('--packed <hex>', PACKED_HELP)
    .action((id: string, options: ClaimOptions) => claim(terminal, id, options));
  withAct(program.command('give-back').argument('<entry>', ENTRY_HELP))
    .description('return a payment that has been claimable for 30 days to the account that was debited; anyone may')
    .option('--packed <hex>', PACKED_HELP)
    .action((id: string, options: ReturnOptions) => giveBack(terminal, id, options));
  withAct(program.command('refund').argument('<entry>', ENTRY_HELP))
    .description('have the refund of a stopped payment journaled, or journaled again after 30 days; anyone may')
    .option('--packed <hex>', PACKED_HELP)
    .action((id: string, options: ReturnOptions) => refund(terminal, id, options));
  withAct(program.command('stop').argument('<entry>', ENTRY_HELP))
    .description('[guardian] stop a payment; say first whether the ledger made that release')
    .requiredOption('--reason <text>', 'why, for everybody to read; at most 32 bytes')
    .option('--packed <hex>', PACKED_HELP)
    .action((id: string, options: StopOptions) => stop(terminal, id, options));
  withAct(program.command('appoint'))
    .description('name who may act on the ledger for your account at home on a collateral chain')
    .requiredOption('--chain <id or name>', 'the collateral chain')
    .requiredOption('--operator <address|none>', 'address on the settlement chain')
    .option('--sub <number>', 'sub-account', '0')
    .action((options: AppointOptions) => appoint(terminal, options));
}

function withAct(command: Command): Command {
  return withKey(withJson(command), 'simulate and send nothing');
}

function addClearHalt(program: Command, terminal: Terminal): void {
  withJson(program.command('clear-halt').argument('<folder>', 'SURETY_STATE_DIR of the halted watcher or aggregator'))
    .description('show why a process halted a chain; clear it only if chain id and height are repeated with a reason')
    .requiredOption('--chain <id>', 'chain id')
    .option('--confirm <id:height>', 'the chain id and the contradicted height, as this command shows them')
    .option('--reason <text>', 'what was checked; kept beside the record')
    .action((folder: string, options: ClearHaltOptions) => clearHaltByHand(terminal, folder, options));
}
