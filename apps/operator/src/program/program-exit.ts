import type { Command } from 'commander';
import {
  type ExitEndOptions,
  type ExitOpenOptions,
  type ExitShowOptions,
  exitEnd,
  exitOpen,
  exitShow,
} from '../exit/exit.js';
import { type ExitClaimOptions, exitClaim } from '../exit/exit-claims.js';
import { type ExitPayOptions, type ExitRedirectOptions, exitPay, exitRedirect } from '../exit/exit-payments.js';
import type { Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const EXAMPLES = `
Examples:
  surety exit show --chain alpha --account 0x14dc79964da2c08b23698b3d3cc7ca32193d9955
  surety exit open --chain alpha      announces it; 7 days later proves the ledger and opens it
  surety exit claim --chain alpha     claims everything of the key's own account
  surety exit pay --chain alpha       pays every claim that is due
Opening and claiming need a provider of the settlement chain that keeps the anchor block's state, see docs/RUNBOOKS/10-exit.md.`;

/** Adds the way out of a vault whose attesters have stopped. */
export function addExit(program: Command, terminal: Terminal): void {
  const group = program
    .command('exit')
    .description('take collateral out of a vault by storage proofs, where nobody attests any more')
    .addHelpText('after', EXAMPLES);
  onVault(group.command('show'))
    .option('--account <account>', 'owner address or account name: list what it would pay its owner and protocols')
    .description('show how far the exit is, what comes next and when')
    .action((options: ExitShowOptions) => exitShow(terminal, options));
  withAct(group.command('open'))
    .description(
      '[anyone] announce the exit, prove the ledger and replay its journal, as far as the vault takes it now',
    )
    .action((options: ExitOpenOptions) => exitOpen(terminal, options));
  withAct(group.command('claim'))
    .option('--account <account>', 'owner address or account name; the key’s own if left out')
    .option('--item <item>', 'one item alone, as surety exit show names it, such as line:USDC')
    .option('--amount <decimal>', 'whole tokens of that item; all that is left if left out')
    .option('--recipient <address>', 'who is paid on the vault’s chain; the key’s address if left out')
    .option('--protocol <address>', 'claim the share that this protocol registered, as its claimant')
    .description('[owner] claim lines, parked credit, locks and stopped payments of an account')
    .action((options: ExitClaimOptions) => exitClaim(terminal, options));
  withAct(group.command('pay'))
    .option('--account <account>', 'pay this account’s claims alone')
    .description('[anyone] pay every claim that is due to its recipient, and try again what a token did not pay')
    .action((options: ExitPayOptions) => exitPay(terminal, options));
  withAct(group.command('redirect'))
    .requiredOption('--claim <number>', 'number of the claim, as surety exit pay names it')
    .requiredOption('--recipient <address>', 'who is to be paid instead')
    .description('[claimant] name another recipient for a claim that the token did not pay')
    .action((options: ExitRedirectOptions) => exitRedirect(terminal, options));
  withAct(group.command('end'))
    .requiredOption('--asset <symbol>', 'asset of that chain’s vault that nobody has claimed yet')
    .description('[anyone] end the locks of an asset in an open exit: nobody locks what it could not take out again')
    .action((options: ExitEndOptions) => exitEnd(terminal, options));
}

function onVault(command: Command): Command {
  return withJson(command.requiredOption('--chain <id or name>', 'chain of the vault'));
}

function withAct(command: Command): Command {
  return withKey(onVault(command), 'simulate the next act and send nothing; exit code 1 if it would be refused');
}
