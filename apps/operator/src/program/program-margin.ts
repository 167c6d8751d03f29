import type { Command } from 'commander';
import type { BookOptions } from '../margin/margin-book.js';
import { marginEval } from '../margin/margin-eval.js';
import { marginGreeks } from '../margin/margin-greeks.js';
import { marginScenario } from '../margin/margin-scenario.js';
import { type InputsOptions, marginInputs } from '../margin/margin-inputs.js';
import { type ReportOptions, marginReport } from '../margin/margin-report.js';
import { type SimulateOptions, marginSimulate } from '../margin/margin-simulate.js';
import { type SubmitOptions, marginSubmit } from '../margin/margin-submit.js';
import { type VerifyOptions, marginVerify } from '../margin/margin-verify.js';
import { type WhatIfOptions, marginWhatIf } from '../margin/margin-what-if.js';
import { type ProposeOptions, proposeParameters } from '../margin/params-propose.js';
import { KEY_HELP } from '../chains/open-sender.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';
import { withJson, withKey } from './options.js';

const EVAL_HELP = `
Input: a JSON list of requests, or {"parameters":{"<name>":{...}},"requests":[...]}, whose requests may name a document
as inputs.parameters and change it by inputs.overrides, a JSON merge patch. Numbers are decimal text: "0.05".
Output: one result per request in the same order, {"id","ok":true,"outputs"} or {"id","ok":false,"error":{"code","message"}}.
Exit codes: 0 the batch was answered, whatever the results say; 2 the batch is unreadable, then nothing is on standard output.`;

/** Adds the commands that compute margins: of requests, books and live accounts, and of reports. */
export function addMargin(program: Command, terminal: Terminal): void {
  const margin = program.command('margin').description('compute margin, health, options and liquidations');
  withJson(margin.command('eval'))
    .description('answer a batch of requests on standard input: a list of {"id","model","inputs"}, or an envelope')
    .addHelpText('after', EVAL_HELP)
    .action((options: OutputOptions) => marginEval(terminal, options));
  withLive(margin.command('greeks').argument('[book]', 'file of the book; standard input if left out'))
    .description(
      'show what each account, of a book or live, gains by delta, gamma, vega, theta and rho of each underlying',
    )
    .action((book: string | undefined, options: BookOptions) =>
      marginGreeks(terminal, book === undefined ? options : { ...options, book }),
    );
  withBook(margin.command('scenario').argument('[names...]', 'scenarios; all that are known if left out'))
    .description(
      'show a book or live accounts before and after scenarios: who becomes liquidatable, shortfall, bad debt',
    )
    .action((names: string[], options: BookOptions) => marginScenario(terminal, names, options));
  withBook(margin.command('simulate'))
    .description('walk a book or live accounts along a path of prices made from a seed; close who becomes liquidatable')
    .option('--seed <number>', 'the same seed gives the same path', '1')
    .option('--steps <number>', 'steps of the path', '48')
    .option('--hours <number>', 'hours of a step', '1')
    .option('--towards <scenario>', 'lead prices to those of a scenario')
    .action((options: SimulateOptions) => marginSimulate(terminal, options));
  withJson(margin.command('what-if').argument('<account>', 'owner address, or a 32-byte account name'))
    .description(
      'weigh a live account with other prices, holdings or debts; without any, what falls of its prices leave',
    )
    .option('--price <symbol=change>', 'such as ETH=-30%, ETH=2500 or all=-20%; may be repeated', repeated)
    .option('--amount <chain/symbol=change>', 'such as alpha/WETH=+1.5 or alpha/WETH=0; may be repeated', repeated)
    .option('--debt <decimal>', 'more, or with a minus less, that protocols require')
    .action((name: string, options: WhatIfOptions) => marginWhatIf(terminal, name, options));
  addReports(margin, terminal);
}

/** Gathers the values of an option that may be repeated. */
function repeated(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function addReports(margin: Command, terminal: Terminal): void {
  withJson(margin.command('inputs'))
    .description('write the inputs of a report about an account, from the settlement chain at one final block')
    .requiredOption('--protocol <address>', 'protocol that takes reports')
    .requiredOption('--account <account>', 'owner address or account name')
    .requiredOption(
      '--markets <file>',
      'volumes, volatilities, rates and confidences that you found yourself: {"ETH":{…}}',
    )
    .option('--block <number>', 'a final block; the last one if left out')
    .action((options: InputsOptions) => marginInputs(terminal, options));
  withJson(margin.command('report'))
    .description('[member] compute an account’s requirement at a protocol and sign it; writes one JSON document')
    .option(
      '--inputs <file>',
      'inputs as docs/MARGIN.md says, or what another member signed; standard input if left out',
    )
    .option(
      '--markets <file>',
      'volumes, volatilities, rates and confidences that you found yourself: {"ETH":{…}}; needed to sign',
    )
    .option('--dry-run', 'compute and compare with the chain; sign nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', KEY_HELP)
    .action((options: ReportOptions) => marginReport(terminal, options));
  withJson(margin.command('verify').argument('<report>', 'file that surety margin report wrote'))
    .description('compute a report again from its inputs; exit code 1 naming the first field that differs')
    .option('--chain', 'compare signers with the attester set too, and inputs with the chain at the report’s block')
    .action((file: string, options: VerifyOptions) => marginVerify(terminal, file, options));
  const reports = withJson(
    margin.command('submit').argument('<reports...>', 'files that members signed, one after the other or apart'),
  );
  withKey(reports, 'collect, check and simulate; send nothing')
    .description('post a report that k members signed; says how many are there, and nothing is sent twice')
    .action((files: string[], options: SubmitOptions) => marginSubmit(terminal, files, options));
}

function withBook(command: Command): Command {
  return withLive(command)
    .option('--book <file>', 'the book, as docs/MARGIN.md says; standard input if left out')
    .option('--scenarios <file>', 'further scenarios: [{"name","steps":[{"kind",…}]}]')
    .option('--chart <file>', 'write a chart as SVG');
}

function withLive(command: Command): Command {
  return withJson(command)
    .option(
      '--account <account>',
      'only this account of the book; without a book the live one of this owner address or account name',
    )
    .option('--all', 'without a book, every live account that opted in to a protocol')
    .option(
      '--markets <file>',
      'for live accounts: volumes and volatilities of what they trade, {"ETH":{…}}; else SURETY_REPORT_MARKETS_FILE',
    );
}

/** Adds what proposes parameters. */
export function addParameters(program: Command, terminal: Terminal): void {
  const params = program.command('params').description('propose risk parameters from recorded prices');
  withJson(params.command('propose'))
    .description(
      'estimate volatilities from recorded prices, and propose the initial weight that so many sigmas leave of each asset; sends nothing',
    )
    .option('--prices <file>', '{"ETH":[["<seconds>","<price>"],…]}; those that the risk manager took if left out')
    .option('--days <number>', 'how far back prices of the chain are read', '400')
    .option('--sigmas <decimal>', 'deviations of a day that a haircut covers', '3.5')
    .option('--step <basis points>', 'weights are whole steps, and smaller changes are none', '50')
    .option('--up-to <chain:symbol=bp>', 'may rise to so much; may be repeated', repeated)
    .option('--learned', 'let the learned forecast raise an estimate, to twice as much at most')
    .action((options: ProposeOptions) => proposeParameters(terminal, options));
}
