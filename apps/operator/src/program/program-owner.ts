import type { Command } from 'commander';
import { type HistoryOptions, history } from '../accounts/history.js';
import {
  type AssetActOptions,
  type OwnerActOptions,
  type ReleaseParkedOptions,
  type TransferOptions,
  optIn,
  optOut,
  releaseParked,
  setEnabled,
  transfer,
} from '../accounts/owner-acts.js';
import type { Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const KEY_HELP =
  '\nKey: SURETY_KEYSTORE_FILE with SURETY_PASSWORD_FILE, or SURETY_KEY in the development profile: the owner’s.';

/** Adds what shows the history of an account, and the acts by which an owner directs one at the ledger. */
export function addOwnerCommands(program: Command, terminal: Terminal): void {
  program
    .command('history')
    .argument('<account>', 'owner address, or a 32-byte account name')
    .description('list what happened to an account, newest first: credits, releases, transfers, seizures, opt-ins')
    .option('--limit <n>', 'changes to list', '20')
    .option('--before <position>', 'only older ones than this position, which the last line names')
    .option('--health', 'its health over the last 30 days instead: a point where it moved by more than 1 %')
    .option('--json', 'write one JSON document')
    .action((name: string, options: HistoryOptions) => history(terminal, name, options));
  withOwner(program.command('opt-in').argument('<protocol>', 'address of the protocol'))
    .description('[owner] let a protocol require margin of your account')
    .action((protocol: string, options: OwnerActOptions) => optIn(terminal, protocol, options));
  withOwner(program.command('opt-out').argument('<protocol>', 'address of the protocol'))
    .description('[owner] leave a protocol that requires nothing; one that fails is left by notice, run twice')
    .action((protocol: string, options: OwnerActOptions) => optOut(terminal, protocol, options));
  withAsset(program.command('enable'))
    .description('[owner] count a line in your margin, also before it holds anything')
    .action((options: AssetActOptions) => setEnabled(terminal, options, true));
  withAsset(program.command('disable'))
    .description('[owner] no longer count a line in your margin')
    .action((options: AssetActOptions) => setEnabled(terminal, options, false));
  withAsset(program.command('transfer'))
    .description('[owner] move seasoned collateral to another account; the margin must suffice afterwards')
    .requiredOption('--amount <decimal>', 'whole tokens, such as 100.5, or all that may move: all')
    .requiredOption('--to <account>', 'owner address or account name')
    .action((options: TransferOptions) => transfer(terminal, options));
  withOwner(program.command('release-parked').argument('<parked>', '<source>:<index>, as surety explain names it'))
    .description('[owner] send a parked credit back to its vault’s chain instead of waiting for its line')
    .option('--recipient <address>', 'who is paid on the collateral chain; the sender if left out')
    .action((parked: string, options: ReleaseParkedOptions) => releaseParked(terminal, parked, options));
}

function withAsset(command: Command): Command {
  return withOwner(
    command
      .requiredOption('--chain <id or name>', 'chain of the asset’s vault')
      .requiredOption('--asset <symbol>', 'asset of that vault'),
  );
}

function withOwner(command: Command): Command {
  const owned = command.option('--account <account>', 'owner address or account name; the sender’s own if left out');
  const dryRun = 'simulate and send nothing; exit code 1 if it would be refused';
  return withJson(withKey(owned, dryRun, { help: KEY_HELP }));
}
