import type { Command } from 'commander';
import { type MarketActOptions, marketAct } from '../markets/market-act.js';
import { type MarketShowOptions, markets, showMarket } from '../markets/markets.js';
import type { MarketOption } from '../markets/act-words.js';
import { MARKET_ACTS, type MarketAct } from '../markets/market-acts.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const EXAMPLES = `
Examples:
  surety markets
  surety market deposit usds --amount 1000
  surety market opt-in usds && surety market borrow usds --amount 2500
  surety market show usds --account 0x14dc79964da2c08b23698b3d3cc7ca32193d9955
  surety market repay usds --amount all
A market is named as in settlement.markets of chains.config.json, or by its address.`;
const WORDS: Readonly<Record<MarketOption, string>> = {
  amount: 'decimal',
  shares: 'decimal',
  account: 'account',
  to: 'address',
};

/** Adds the list of markets, and a command for each act at one. */
export function addMarkets(program: Command, terminal: Terminal): void {
  program
    .command('markets')
    .description('list the markets: supplied, borrowed, utilisation, rates, tranche, foreseeable losses')
    .option('--json', 'write one JSON document')
    .action((options: OutputOptions) => markets(terminal, options));
  const group = program
    .command('market')
    .description('lend, borrow and cover at a market of the settlement chain')
    .addHelpText('after', EXAMPLES);
  group
    .command('show')
    .argument('<market>', 'its name or address')
    .description('show a market, its terms, and with --account what one owes and its owner holds')
    .option('--account <account>', 'owner address or account name')
    .option('--json', 'write one JSON document')
    .action((name: string, options: MarketShowOptions) => showMarket(terminal, name, options));
  for (const act of MARKET_ACTS) addMarketAct(group, act, terminal);
}

function addMarketAct(group: Command, act: MarketAct, terminal: Terminal): void {
  const command = group
    .command(act.name)
    .argument('<market>', 'its name or address')
    .description(`[${act.by}] ${act.does}`);
  for (const [option, { help, isRequired }] of Object.entries(act.takes)) {
    const flag = `--${option} <${WORDS[option as MarketOption]}>`;
    if (isRequired) command.requiredOption(flag, help);
    else command.option(flag, help);
  }
  withJson(withKey(command, 'check and simulate; send nothing')).action((name: string, options: MarketActOptions) =>
    marketAct(terminal, act, { name, options }),
  );
}
