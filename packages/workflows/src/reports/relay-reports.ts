import { type Address, AppError, type Hex, type MarginReport } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type {
  ReportDesk,
  ReportPlace,
  ReportSigners,
  SignedReport,
  SignedReportSource,
} from '../ports/margin-reports.js';
import type { Observer } from '../ports/observer.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { shortFailureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { spentOf } from '../running/spent-of.js';
import { judgePosting } from './judge-posting.js';
import {
  EPOCHS_OF_SOURCE,
  RECOVERIES_OF_SOURCE,
  REPORTS_OF_ACCOUNT,
  REPORTS_SERVED_MAX,
  REPORT_RETRY_MS,
} from './limits.js';
import { shelfKey } from './report-shelf.js';

/** Ports of {@link relayReports}. */
export interface RelayReportsDeps {
  /** Protocols whose reports this relayer pays for. */
  readonly protocols: readonly Address[];
  /** Seconds by which a report must be newer than the stored one, unless that has ended or the position changed. */
  readonly refreshAfterS: bigint;
  /** Watchers, all of them asked; silent ones are left out. */
  readonly sources: readonly SignedReportSource[];
  readonly desk: ReportDesk;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly pollIntervalMs: number;
}

/** The memory of served reports; losing it costs a recovery per signature and a check per account. */
export interface RelayReportsMemory {
  /** Signers by report and signature; null for a signature of no member. */
  readonly signers: Map<string, Address | null>;
  /** By report: until when it is not checked again. */
  readonly rests: Map<string, number>;
}

/** Returns the memory of a new loop. */
export function freshReportsMemory(): RelayReportsMemory {
  return { signers: new Map(), rests: new Map() };
}

/** Errors that would occur for every account: the pass ends, and the next one comes later. */
const OF_ALL = new Set([
  'BUDGET_SPENT',
  'FEE_ABOVE_CAP',
  'EMPTY_WALLET',
  'KEY_SHARED',
  'RPC_UNAVAILABLE',
  'CHAIN_MISMATCH',
  'OUTCOME_UNKNOWN',
]);

/**
 * Posts reports that k members signed identically, until the signal aborts: of each account the newest one, if the
 * stored report is older than the threshold, has ended, or the position has changed since. A failing account does not
 * stop the others.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function relayReports(deps: RelayReportsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { desk, clock, observer, pollIntervalMs } = deps;
  const memory = freshReportsMemory();
  const running: KeepRunningOptions = {
    step: () => relayReportsOnce(deps, memory, signal),
    pauseMs: (failures) => relayPauseMs(pollIntervalMs, failures),
    failure: { name: 'reports-failed', describe: shortFailureOf },
    distrustProvider: () => desk.distrustProvider(),
    // Reported like any other failure before it ends the loop.
    onFailure: (error) => {
      if (isChainMismatch(error)) throw error;
    },
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/** One report with all its valid signatures. */
interface Gathered {
  readonly key: string;
  readonly report: MarginReport;
  readonly signatures: Map<Address, Hex>;
}

/** Runs one pass and returns the posted reports. @throws errors that would occur for every account. */
export async function relayReportsOnce(
  deps: RelayReportsDeps,
  memory: RelayReportsMemory,
  signal?: AbortSignal,
): Promise<readonly MarginReport[]> {
  const gathered = await gather(deps, memory, signal);
  const byAccount = new Map<string, Gathered[]>();
  for (const one of gathered)
    byAccount.set(shelfKey(one.report), [...(byAccount.get(shelfKey(one.report)) ?? []), one]);
  const signersOf = memoised((epoch: number) => deps.desk.readSigners(epoch, signal));
  const posted: MarginReport[] = [];
  for (const candidates of byAccount.values()) {
    const due = candidates.filter(({ key }) => (memory.rests.get(key) ?? 0) <= deps.clock.elapsedMs());
    try {
      for (const one of due.toSorted(byNewest)) {
        const signers = await signersOf(one.report.epoch);
        const outcome = await tryOne(deps, one, signers, signal);
        if (outcome.kind !== 'few') memory.rests.set(one.key, outcome.untilMs);
        if (outcome.kind === 'posted') posted.push(one.report);
        if (outcome.kind === 'posted' || outcome.kind === 'enough') break;
      }
    } catch (error) {
      if (signal?.aborted === true || (error instanceof AppError && OF_ALL.has(error.code))) throw error;
      const [{ report }] = candidates as [Gathered];
      for (const { key } of due) memory.rests.set(key, deps.clock.elapsedMs() + REPORT_RETRY_MS);
      deps.desk.distrustProvider();
      const fields = { protocol: report.protocol, account: report.account, ...shortFailureOf(error) };
      deps.observer.observe({ name: 'reports-failed', level: 'warn', fields });
    }
  }
  return posted;
}

type Tried =
  /** Too few members have signed it so far. */
  | { readonly kind: 'few' }
  /** Not this one now; perhaps an older one. */
  | { readonly kind: 'not-this'; readonly untilMs: number }
  /** Nothing needs to be posted for this account now. */
  | { readonly kind: 'enough'; readonly untilMs: number }
  | { readonly kind: 'posted'; readonly untilMs: number };

async function tryOne(
  deps: RelayReportsDeps,
  { report, signatures }: Gathered,
  signers: ReportSigners | undefined,
  signal?: AbortSignal,
): Promise<Tried> {
  const { desk, observer, clock } = deps;
  const fields = { protocol: report.protocol, account: report.account, height: report.blockNumber };
  const usable = [...signatures].filter(([signer]) => signers?.usable.includes(signer));
  const quorum = signers?.quorum ?? 0;
  if (signers === undefined || usable.length < quorum) {
    const counts = { signatures: usable.length, needed: quorum, inputs_hash: report.inputsHash };
    observer.observe({ name: 'report-waits', level: 'debug', fields: { ...fields, ...counts } });
    return { kind: 'few' };
  }
  const elapsedMs = clock.elapsedMs();
  const place = await desk.readPlace(report, signal);
  const posting = judgePosting(report, place, desk.verifier);
  if (posting.kind === 'there') return { kind: 'enough', untilMs: Infinity };
  if (posting.kind === 'early')
    return { kind: 'not-this', untilMs: elapsedMs + Number(posting.fromS - place.time) * 1_000 };
  if (posting.kind === 'refused') {
    const { field, seen, expected } = posting;
    observer.observe({
      name: 'report-passed-over',
      level: 'debug',
      fields: { ...fields, detail: `${field} is ${seen}; expected ${expected}` },
    });
    return { kind: 'not-this', untilMs: elapsedMs + REPORT_RETRY_MS };
  }
  // If no newer one comes, it replaces the stored one when that ends.
  if (!isDue(report, place, deps.refreshAfterS))
    return { kind: 'enough', untilMs: elapsedMs + Number(place.stored.expiry - place.time) * 1_000 };
  const outcome = await desk.submit(report, joined(usable.slice(0, quorum)), signal);
  if (outcome.kind === 'landed') {
    observer.observe({ name: 'report-posted', level: 'info', fields: { ...fields, ...spentOf(outcome) } });
    return { kind: 'posted', untilMs: Infinity };
  }
  if (outcome.kind === 'overtaken') return { kind: 'enough', untilMs: Infinity };
  observer.observe({ name: 'report-refused', level: 'warn', fields: { ...fields, code: outcome.name } });
  return { kind: 'not-this', untilMs: clock.elapsedMs() + REPORT_RETRY_MS };
}

/** A valid stored report is replaced by one that is newer by the threshold, or that knows a newer position. */
function isDue(report: MarginReport, { stored, time }: ReportPlace, refreshAfterS: bigint): boolean {
  if (stored.expiry <= time || stored.positionNonce < report.positionNonce) return true;
  return report.asOf - stored.asOf >= refreshAfterS;
}

/** Reads every source and combines equal reports; each signature is recovered once. */
async function gather(
  deps: RelayReportsDeps,
  memory: RelayReportsMemory,
  signal?: AbortSignal,
): Promise<readonly Gathered[]> {
  const { sources, protocols, desk } = deps;
  const answers = await Promise.allSettled(sources.map((source) => source.readReports(signal)));
  const served = answers
    .flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.slice(0, REPORTS_SERVED_MAX)] : []))
    .map((reports) =>
      ofOneWatcher(
        reports.filter(({ report, verifier }) => protocols.includes(report.protocol) && verifier === desk.verifier),
      ),
    );
  const found = new Map<string, Gathered>();
  const recovered = new Map<string, Address | null>();
  for (const reports of served) {
    let recoveries = 0;
    for (const signed of reports) {
      const key = keyOf(signed.report);
      const place = `${key} ${signed.signature}`;
      const one = found.get(key) ?? { key, report: signed.report, signatures: new Map() };
      found.set(key, one);
      const known = recovered.has(place) ? recovered.get(place) : memory.signers.get(place);
      // Signatures above the limit are served again in the next pass.
      if (known === undefined && recoveries++ >= RECOVERIES_OF_SOURCE) continue;
      const signer = known === undefined ? ((await desk.recoverSigner(signed)) ?? null) : known;
      recovered.set(place, signer);
      if (signer !== null) one.signatures.set(signer, signed.signature);
    }
  }
  forgetOthers(memory, recovered, found);
  return [...found.values()];
}

/**
 * Limits what one watcher may make us check: as many reports of an account as a watcher serves, so that it cannot serve
 * signatures of reports long over, and few epochs, since each costs chain reads.
 */
function ofOneWatcher(reports: readonly SignedReport[]): readonly SignedReport[] {
  const counts = new Map<string, number>();
  const epochs = new Set<number>();
  return reports.filter(({ report }) => {
    const key = shelfKey(report);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > REPORTS_OF_ACCOUNT) return false;
    if (epochs.size < EPOCHS_OF_SOURCE) epochs.add(report.epoch);
    return epochs.has(report.epoch);
  });
}

/** Drops what is no longer served, so that memory is bounded by what the sources serve. */
function forgetOthers(
  memory: RelayReportsMemory,
  recovered: ReadonlyMap<string, Address | null>,
  found: ReadonlyMap<string, Gathered>,
): void {
  memory.signers.clear();
  for (const [place, signer] of recovered) memory.signers.set(place, signer);
  for (const key of memory.rests.keys()) if (!found.has(key)) memory.rests.delete(key);
}

/** A report's fields as one string; reports that differ in any field are different reports. */
function keyOf(report: SignedReport['report']): string {
  return Object.entries(report)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, value]) => String(value))
    .join(' ');
}

function byNewest({ report: left }: Gathered, { report: right }: Gathered): number {
  return left.blockNumber > right.blockNumber ? -1 : left.blockNumber < right.blockNumber ? 1 : 0;
}

function joined(signatures: readonly (readonly [Address, Hex])[]): Hex {
  const ascending = signatures.toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `0x${ascending.map(([, signature]) => signature.slice(2)).join('')}`;
}

function memoised<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const held = new Map<Key, Promise<Value>>();
  return (key) => {
    const found = held.get(key) ?? read(key);
    held.set(key, found);
    return found;
  };
}
