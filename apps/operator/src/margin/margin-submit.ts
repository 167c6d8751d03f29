import {
  type NamedReport,
  type ReportFile,
  reportDifferences,
  joinReports,
  judgeReport,
  parseReportFile,
  readReportMembers,
  verifierOf,
} from '@surety/chain';
import { marginReportDigest, recoverCanonical } from '@surety/contracts';
import { type Address, AppError, type Hex, address } from '@surety/domain';
import {
  REPORT_ERRORS,
  REPORT_GAS_CEILING,
  createChainReads,
  quorumOfSignatures,
  submitCalldata,
} from '@surety/transactions';
import type { judgePosting } from '@surety/workflows';
import { type ActOptions, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { simulateCall } from '../chains/simulate-call.js';
import { operatorError } from '../errors.js';
import { openConfig, placeOf } from '../chains/open-config.js';
import { openSpendingKey, openRpc } from '../chains/open-sender.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { type ComparedChain, agreedChain, requireNone } from './compared-chains.js';
import { readPosting } from './read-posting.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { formatWad } from './margin-book.js';
import { formatTime } from '../terminal/format.js';

/** Options of `surety margin submit`. */
export type SubmitOptions = ActOptions;

const UNSENT = 'nothing was sent';

/**
 * Posts a report: collects the signatures of its files, keeps those that the verifier counts, shows how many of k there
 * are, simulates, asks for confirmation and sends. A report that is already stored counts as done, so repeating it
 * sends nothing.
 * @throws NOT_JSON; REPORT_WRONG for files of several reports, another chain or a foreign signature; REPORT_REFUSED for
 * fewer than k signatures, a report that has expired, a position that has changed, or the contract's own refusal;
 * DECLINED.
 */
export async function marginSubmit(
  terminal: Terminal,
  paths: readonly string[],
  options: SubmitOptions,
): Promise<void> {
  const config = openConfig(terminal);
  const place = agreedChain(config);
  const { chain } = place;
  const file = readJoined(paths, place);
  const { report } = file;
  const signed = await collect(terminal, file, place);
  const spending = placeOf(config, chain);
  const posting = await readPosting(spending, file);
  const told = { inputsHash: report.inputsHash, signatures: signed.count, quorum: signed.quorum };
  if (posting.kind === 'there') {
    const lines = [`the report of block ${report.blockNumber} is stored already; ${UNSENT}`];
    writeResult(terminal, options, { ...told, stored: true, txHash: null }, () => lines);
    return;
  }
  requirePostable(posting);
  const call = { to: report.reports, data: submitCalldata(report, signed.bytes) };
  if (options.dryRun === true) {
    const refusal = await simulateCall(spending, call);
    if (refusal !== undefined) throw refused(`${report.reports} would refuse it: ${refusal}; ${UNSENT}`);
    const lines = ['simulated only; it would be taken'];
    writeResult(terminal, options, { ...told, stored: false, txHash: null }, () => lines);
    return;
  }
  const account = openSpendingKey(terminal.environment);
  const sent = await actByHand({ terminal, options, account }, spending, {
    code: 'REPORT_REFUSED',
    question: `Post that ${report.account} needs ${formatWad(report.initialWad)} to open and ${formatWad(report.maintenanceWad)} to hold, on ${chain.name} (${chain.chainId})?`,
    call: { purpose: 'report', to: call.to, calldata: call.data, gasCeiling: REPORT_GAS_CEILING },
  });
  const { height, gasUsed, feeWei } =
    (sent.txHash && (await createChainReads(openRpc(spending), REPORT_ERRORS).readReceipt(sent.txHash))) || NO_RECEIPT;
  writeResult(terminal, options, { ...told, stored: true, txHash: sent.txHash, height, gasUsed, feeWei }, () => [
    `${outcomeText(sent)}, block ${height}, ${gasUsed} gas, ${feeWei} wei; it counts until ${formatTime(report.expiry)}`,
  ]);
}

/** Shown while the asked provider does not have the block yet. */
const NO_RECEIPT = { height: null, gasUsed: null, feeWei: null };

/** Joins the files. @throws NOT_JSON; REPORT_WRONG for several reports, another chain, or figures that do not follow from the inputs. */
function readJoined(paths: readonly string[], { chain, settlement }: ComparedChain): ReportFile {
  const [first, ...more] = paths.map(readNamed);
  if (first === undefined) throw operatorError('BAD_USE', 'no report was named; expected the files of at least one');
  const { file, differences } = joinReports([first, ...more]);
  requireNone(differences, `the files are of several reports; ${UNSENT}`);
  requireNone(reportDifferences('inputs.subject.chainId', file.inputs.subject.chainId, chain.chainId), UNSENT);
  requireNone(reportDifferences('verifier', file.verifier, settlement.attesterSet), UNSENT);
  requireNone(judgeReport(file), UNSENT);
  return file;
}

function readNamed(name: string): NamedReport {
  return { name, file: parseJson(name, readTextFile(name), parseReportFile) };
}

interface Collected {
  readonly count: number;
  readonly quorum: number;
  /** As the verifier takes them. */
  readonly bytes: Hex;
}

/** Keeps signatures that the verifier counts and names the others. @throws REPORT_WRONG, REPORT_REFUSED with who is missing. */
async function collect(terminal: Terminal, file: ReportFile, place: ComparedChain): Promise<Collected> {
  const digest = marginReportDigest(file.report, verifierOf(file));
  const { epoch } = file.report;
  const { newest, found } = await readReportMembers(epoch, place);
  if (found === undefined) throw refused(`report.epoch is ${epoch}; expected 1 to ${newest}; ${UNSENT}`);
  const counted = new Map<Address, Hex>();
  for (const [at, { signer, signature }] of file.signatures.entries()) {
    const by = (await recoverCanonical(digest, signature)) ?? 'nobody';
    requireNone(reportDifferences(`signatures[${at}].signature`, `of ${by}`, `of ${signer}`), UNSENT);
    if (found.usable.includes(signer)) counted.set(address(signer), signature);
    else terminal.tell(`${signer} is no unsuspended member of epoch ${epoch}: its signature is left out`);
  }
  terminal.tell(`${counted.size} of ${found.quorum} signatures are there`);
  if (counted.size < found.quorum) {
    const missing = found.usable.filter((one) => !counted.has(one)).join(', ');
    throw refused(
      `${counted.size} signatures of members; expected ${found.quorum}; ask for surety margin report of the same inputs from ${missing}; ${UNSENT}`,
    );
  }
  return { count: counted.size, quorum: found.quorum, bytes: quorumOfSignatures(counted, found.quorum) };
}

/** @throws REPORT_REFUSED with what is seen, what is expected and what to do next. */
function requirePostable(posting: Exclude<ReturnType<typeof judgePosting>, { kind: 'there' }>): void {
  if (posting.kind === 'post') return;
  if (posting.kind === 'refused') {
    const { field, seen, expected } = posting;
    throw refused(`${field} is ${seen}; expected ${expected}; make a new one with surety margin inputs; ${UNSENT}`);
  }
  const message = `the report may be taken from ${posting.fromS} (${formatTime(posting.fromS)}) on, or it would count longer than 15 minutes; ${UNSENT}: repeat this then`;
  throw new AppError({ code: 'REPORT_REFUSED', message, retryable: true });
}

function refused(message: string): Error {
  return operatorError('REPORT_REFUSED', message);
}
