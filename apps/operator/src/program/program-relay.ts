import type { Command } from 'commander';
import type { ActOptions } from '../chains/act-by-hand.js';
import { credit } from '../local/credit.js';
import { type DeliverOptions, deliver } from '../local/deliver.js';
import { type RelayOptions, relay } from '../relay/relay.js';
import type { Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

/** Adds what carries entries between a vault and the ledger: over chains with signatures, on one chain without. */
export function addRelay(program: Command, terminal: Terminal): void {
  withCarrying(program.command('relay'))
    .description('post attested entries and pay what is payable, once; needs no permission and no aggregator')
    .option('--chain <id or name>', 'only the edges of this chain’s vault')
    .option('--direction <to-ledger|to-vault>', 'only this direction')
    .option('--from-chain', 'take entries from chain logs, verified as a watcher does, instead of an aggregator')
    .option('--statements <file...>', 'take signatures from files in the form of GET /v1/edges/:id/statements')
    .option('--no-pay', 'record releases at the vault and pay none')
    .action((options: RelayOptions) => relay(terminal, options));
  withCarrying(program.command('credit'))
    .description('credit what was locked at the vault of the settlement chain without its desk; needs no signature')
    .action((options: ActOptions) => credit(terminal, options));
  withCarrying(program.command('deliver'))
    .description('record releases at the vault of the settlement chain, and pay what is due there; needs no signature')
    .option('--after <seq>', 'look for payments that were recorded earlier above this number, where a run has stopped')
    .action((options: DeliverOptions) => deliver(terminal, options));
}

function withCarrying(command: Command): Command {
  const dryRun = 'simulate the first transaction of each edge and send nothing; exit code 1 if it would be refused';
  return withJson(withKey(command, dryRun));
}
