import {
  type ReportFile,
  type UnsignedInputs,
  beginReport,
  compareInputs,
  compareMarkets,
  compareSigners,
  formatReportFile,
  judgeReport,
  judgeSignatures,
  parseInputsOrReport,
  verifierOf,
} from '@surety/chain';
import { REPORT_FINALITY_S, REPORT_LIFETIME_S, attesterSetAbi, marginReportTypedData } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { operatorError } from '../errors.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { type ComparedChain, comparedChains, readMarkets, requireNone } from './compared-chains.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { formatWad } from './margin-book.js';

/** Options of `surety margin report`. */
export interface ReportOptions extends OutputOptions {
  /** File of the inputs, or of a report that others signed; standard input if left out. */
  readonly inputs?: string;
  /** File of the markets' figures and feeds' confidences from the signer's own sources. Without it nothing is signed. */
  readonly markets?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const UNCOMPARED = 'volumes, volatilities, forwards, rates and confidences stand on no chain';

/**
 * Computes a report from its inputs, compares them with the chain at every provider of the signer, and adds a member's
 * signature. Writes one JSON document for the next member. Sends nothing.
 * @throws BAD_USE if it must sign without the signer's own markets; NOT_JSON; REPORT_WRONG naming the difference;
 * ACT_REFUSED if the key is not a member's; DECLINED.
 */
export async function marginReport(terminal: Terminal, options: ReportOptions): Promise<void> {
  if (options.markets === undefined && options.dryRun !== true) {
    throw operatorError(
      'BAD_USE',
      `${UNCOMPARED}; add --markets with a file of your own, or --dry-run to sign nothing`,
    );
  }
  const from = options.inputs ?? 'standard input';
  const text = options.inputs === undefined ? await terminal.readInput() : readTextFile(options.inputs);
  const given = parseJson(from, text, parseInputsOrReport);
  const config = openConfig(terminal);
  const places = comparedChains(config);
  const [first] = places;
  const file = 'report' in given ? given : await begin(given, first);
  requireNone([...judgeReport(file), ...(await judgeSignatures(file))], 'nothing was signed');
  if (options.markets !== undefined) {
    requireNone(compareMarkets(file.written, readMarkets(options.markets)), 'nothing was signed');
  } else terminal.tell(`${UNCOMPARED}: they are not compared with anything; --markets names a file of your own`);
  for (const place of places) requireNone(await compareInputs(file.inputs, place), 'nothing was signed');
  for (const line of describe(file)) terminal.tell(line);
  const signed = options.dryRun === true ? file : await sign(terminal, options, { file, place: first });
  writeResult(terminal, { json: true }, formatReportFile(signed), () => []);
}

async function begin(given: UnsignedInputs, { reader, settlement }: ComparedChain): Promise<ReportFile> {
  const verifier = address(settlement.attesterSet);
  const [epoch, block] = await Promise.all([
    reader.readContract({ address: verifier, abi: attesterSetAbi, functionName: 'epoch' }),
    reader.getBlock(),
  ]);
  const { asOf } = given.inputs.subject;
  const longest = asOf + REPORT_FINALITY_S + REPORT_LIFETIME_S;
  const soon = block.timestamp + REPORT_LIFETIME_S;
  return beginReport(given, { verifier, epoch, expiry: soon < longest ? soon : longest });
}

async function sign(
  terminal: Terminal,
  options: ReportOptions,
  { file, place }: { readonly file: ReportFile; readonly place: ComparedChain },
): Promise<ReportFile> {
  const key = openSpendingKey(terminal.environment);
  const signer: Address = address(key.address.toLowerCase());
  const { report } = file;
  const question = `Sign that ${report.account} needs ${formatWad(report.initialWad)} to open and ${formatWad(report.maintenanceWad)} to hold?`;
  const next = {
    ...file,
    signatures: [...file.signatures.filter((one) => one.signer !== signer), { signer, signature: '0x' as const }],
  };
  const strange = (await compareSigners(next, place)).filter(({ field }) => field !== 'signatures');
  const [first] = strange;
  if (first !== undefined) {
    throw operatorError(
      'ACT_REFUSED',
      `${first.field} is ${first.seen}; expected ${first.expected}; nothing was signed`,
    );
  }
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was signed; add --yes to sign without a question');
  }
  const signature = await key.signTypedData(marginReportTypedData(report, verifierOf(file)));
  return { ...next, signatures: next.signatures.map((one) => (one.signer === signer ? { signer, signature } : one)) };
}

function describe({ inputs, report, signatures }: ReportFile): string[] {
  return [
    `account ${report.account} at ${report.protocol}, position ${report.positionNonce}, block ${report.blockNumber}`,
    `inputs ${report.inputsHash}, parameters ${inputs.snapshot.terms.version}`,
    `initial ${formatWad(report.initialWad)}, maintenance ${formatWad(report.maintenanceWad)}`,
    `counts until ${report.expiry}; ${signatures.length} signatures so far`,
  ];
}
