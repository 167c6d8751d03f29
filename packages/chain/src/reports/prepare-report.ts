import { REPORT_LIFETIME_S, attesterSetAbi } from '@surety/contracts';
import { type Address, AppError, address } from '@surety/domain';
import { type Patience, awaitQuorum, firstWithin, quorumSize } from '@surety/rpc';
import { chainError } from '../errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { compareInputs, compareSigners } from './compare-with-chain.js';
import { type ReportDifference, beginReport, reportDifferences, judgeReport } from './judge-report.js';
import { compareMarkets } from './markets.js';
import { type InputsRequest, type WrittenInputs, readReportInputs } from './read-report-inputs.js';
import type { ReportChain } from './report-chain.js';
import { type ReportFile, parseInputsOrReport } from './report-file.js';

/** Dependencies and settings of preparing a report. */
export interface PrepareOptions {
  /** The settlement chain at each provider. */
  readonly places: readonly ReportChain[];
  /** Seconds until a block is final by the chain's rule; every signer must use the same value. */
  readonly finalityS: bigint;
  /** The signing member. */
  readonly signer: Address;
  /** Tells how long a slow provider is waited for. */
  readonly clock: Patience['clock'];
}

/**
 * Builds the report about an account at a block and compares it with the chain at every provider, as `surety margin
 * report` does. Undefined for an account without a position. Every member that prepares it at one block gets identical
 * bytes: it ends 15 minutes after its block is final by the chain's rule, and belongs to that block's epoch.
 * @throws REPORT_DIFFERS if any provider answers otherwise, of which those that a quorum has to wait for are left out; NO_QUORUM
 * if fewer than a quorum answer; the errors of {@link readReportInputs}.
 */
export async function prepareReport(
  request: InputsRequest & { readonly blockNumber: bigint },
  options: PrepareOptions,
): Promise<ReportFile | undefined> {
  const { places, clock } = options;
  const built = await buildAnywhere(request, options);
  if (built === undefined) return undefined;
  const given = parseInputsOrReport(built.written);
  const verifier = address(built.place.settlement.attesterSet);
  const report = beginReport(given, {
    verifier,
    epoch: await readEpoch(built.place, request.blockNumber),
    expiry: given.inputs.subject.asOf + options.finalityS + REPORT_LIFETIME_S,
  });
  requireNone([...judgeReport(report), ...compareMarkets(report.written, request.markets)]);
  const compared = places.map((place) => compareAt(report, place, options.signer));
  const patience = { clock, afterMs: DEFAULT_LIMITS.stragglerMs };
  const answers = await awaitQuorum(compared, quorumSize(places.length), patience);
  const told = answers.flatMap((one) => (one?.status === 'fulfilled' ? [one.value] : []));
  requireNone(told.flat());
  requireQuorum(told.length, places, answers.find((one) => one?.status === 'rejected')?.reason);
  return report;
}

interface Built {
  readonly written: WrittenInputs;
  readonly place: ReportChain;
}

/**
 * Builds the report at the first provider that can, and at the next one too while an earlier one is silent; an account has no
 * position if a quorum says so.
 */
async function buildAnywhere(
  request: InputsRequest,
  { places, clock }: Pick<PrepareOptions, 'places' | 'clock'>,
): Promise<Built | undefined> {
  const patience = { clock, afterMs: DEFAULT_LIMITS.proofPatienceMs };
  const waiting = new Map<ReportChain, Promise<Built | Failed>>();
  let [asked, without] = [0, 0];
  let failure: unknown;
  while (asked < places.length || waiting.size > 0) {
    // Nobody is left to ask beside the last one.
    const isLast = asked === places.length;
    const heard = waiting.size === 0 ? undefined : await firstWithin(waiting.values(), isLast ? undefined : patience);
    if (heard === undefined) {
      const place = places[asked] as ReportChain;
      asked += 1;
      waiting.set(place, build(request, place));
    } else if ('written' in heard) return heard;
    else {
      waiting.delete(heard.place);
      failure = heard.error;
      if (failure instanceof AppError && failure.code === 'NOTHING_TO_REPORT') without += 1;
      if (without >= quorumSize(places.length)) return undefined;
    }
  }
  throw failure instanceof Error ? failure : chainError('NO_QUORUM', 'no provider was asked; expected at least one');
}

interface Failed {
  readonly place: ReportChain;
  readonly error: unknown;
}

async function build(request: InputsRequest, place: ReportChain): Promise<Built | Failed> {
  try {
    return { written: await readReportInputs(request, place), place };
  } catch (error) {
    return { place, error };
  }
}

async function compareAt(file: ReportFile, place: ReportChain, signer: Address): Promise<readonly ReportDifference[]> {
  const signed = { ...file, signatures: [{ signer, signature: '0x' as const }] };
  const [inputs, signers, epoch] = await Promise.all([
    compareInputs(file.inputs, place),
    compareSigners(signed, place),
    readEpoch(place, file.report.blockNumber),
  ]);
  // The number of signatures is checked elsewhere.
  const strange = signers.filter(({ field }) => field !== 'signatures');
  return [...inputs, ...strange, ...reportDifferences('report.epoch', file.report.epoch, epoch)];
}

async function readEpoch({ reader, settlement }: ReportChain, blockNumber: bigint): Promise<number> {
  const set = { address: address(settlement.attesterSet), abi: attesterSetAbi, blockNumber } as const;
  return reader.readContract({ ...set, functionName: 'epoch' });
}

function requireNone(differences: readonly ReportDifference[]): void {
  const [first] = differences;
  if (first === undefined) return;
  const { field, seen, expected } = first;
  throw chainError('REPORT_DIFFERS', `${field} is ${seen}; expected ${expected}; nothing was signed`);
}

function requireQuorum(answered: number, places: readonly ReportChain[], cause: unknown): void {
  const needed = quorumSize(places.length);
  if (answered >= needed) return;
  throw chainError(
    'NO_QUORUM',
    `${answered} of ${places.length} providers of chain ${places[0]?.chain.chainId} compared the report; expected ${needed}; nothing was signed: look at the others`,
    { cause },
  );
}
