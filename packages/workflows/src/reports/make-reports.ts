import { type Address, type Bytes32, mulDivDown } from '@surety/domain';
import { shortFailureOf } from '../running/failure-detail.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { ReportMaker, ReportOrder } from '../ports/report-maker.js';
import { REPORTS_AT_ONCE, REPORT_LOOK_MS, REPORT_REST_MAX_MS } from './limits.js';
import { type ReportShelf, shelfKey } from './report-shelf.js';

/** Ports of {@link makeReports}. */
export interface MakeReportsDeps {
  readonly protocols: readonly Address[];
  /** Reports are made at final blocks whose number is a multiple of this, so that every watcher chooses the same ones. */
  readonly everyBlocks: bigint;
  readonly maker: ReportMaker;
  readonly shelf: ReportShelf;
  /** Reason for which this key must not sign now; undefined if it may. */
  readonly refusal: () => { readonly code: string } | undefined;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Called after every pass with the failures. */
  readonly onTroubles: (troubles: readonly ReportTrouble[]) => void;
}

/** Reason for which an account, or all of a protocol, or (without one) all protocols were not reported. */
export interface ReportTrouble {
  readonly protocol?: Address;
  readonly account?: Bytes32;
  readonly code: string;
  readonly detail: string;
}

/** The memory of one account: the newest block tried, and its failure. */
interface Tried {
  readonly blockNumber: bigint;
  readonly failure?: { readonly times: number; readonly untilMs: number; readonly trouble: ReportTrouble };
}

/** The loop's memory, by account. Losing it costs one more check of each. */
export type MakingMemory = Map<string, Tried>;

/**
 * Makes a report about each account of each protocol at each block of the grid, until the signal aborts. A failure is
 * retried, later each time, until a newer block replaces it, because an account's owner may cause it on purpose. A
 * failing account or protocol does not stop the others.
 */
export async function makeReports(deps: MakeReportsDeps, signal: AbortSignal): Promise<void> {
  const memory: MakingMemory = new Map();
  const told = new Map<string, string>();
  // Not keepRunning: failures are reported per account, and none delays the next pass.
  while (!signal.aborted) {
    let troubles: readonly ReportTrouble[];
    try {
      troubles = await makeReportsOnce(deps, memory, signal);
    } catch (error) {
      troubles = [shortFailureOf(error)];
    }
    if (signal.aborted) return;
    deps.onTroubles(troubles);
    tell(deps.observer, troubles, told);
    await deps.clock.sleep(REPORT_LOOK_MS, signal);
  }
}

/** Runs one pass and returns the failures. @throws errors of reading the final block. */
export async function makeReportsOnce(
  deps: MakeReportsDeps,
  memory: MakingMemory,
  signal: AbortSignal,
): Promise<readonly ReportTrouble[]> {
  const { protocols, everyBlocks, maker, shelf } = deps;
  const { height, timestamp } = await maker.readFinal(signal);
  shelf.expire(timestamp);
  const refusal = deps.refusal();
  if (refusal !== undefined) return [{ code: refusal.code, detail: 'this key signs nothing at all now' }];
  const blockNumber = mulDivDown(height, 1n, everyBlocks) * everyBlocks;
  const troubles: ReportTrouble[] = [];
  for (const protocol of protocols) {
    const accounts = await maker.readAccounts(protocol, blockNumber, signal).catch((error: unknown) => {
      troubles.push({ ...shortFailureOf(error), protocol });
      return [];
    });
    const left = accounts.values();
    const work = async (): Promise<void> => {
      for (const account of left) {
        if (signal.aborted || deps.refusal() !== undefined) return;
        const trouble = await tryOne(deps, memory, { protocol, account, blockNumber }, signal);
        if (trouble !== undefined) troubles.push(trouble);
      }
    };
    await Promise.all(Array.from({ length: REPORTS_AT_ONCE }, work));
  }
  return troubles;
}

/** Makes a report unless it exists or the account pauses; returns the failure. */
async function tryOne(
  deps: MakeReportsDeps,
  memory: MakingMemory,
  order: ReportOrder,
  signal: AbortSignal,
): Promise<ReportTrouble | undefined> {
  const { protocol, account, blockNumber } = order;
  const key = shelfKey(order);
  const known = memory.get(key);
  const before = known !== undefined && known.blockNumber >= blockNumber ? known : undefined;
  if (before !== undefined && before.failure === undefined) return undefined;
  if (before?.failure !== undefined && deps.clock.elapsedMs() < before.failure.untilMs) return before.failure.trouble;
  try {
    await makeOne(deps, order, signal);
    memory.set(key, { blockNumber });
    return undefined;
  } catch (error) {
    const times = (before?.failure?.times ?? -1) + 1;
    const trouble = { ...shortFailureOf(error), protocol, account };
    const restMs = retryDelayMs(times, { firstMs: REPORT_LOOK_MS, maxMs: REPORT_REST_MAX_MS });
    memory.set(key, { blockNumber, failure: { times, untilMs: deps.clock.elapsedMs() + restMs, trouble } });
    return trouble;
  }
}

async function makeOne(
  { maker, shelf, observer }: MakeReportsDeps,
  order: ReportOrder,
  signal: AbortSignal,
): Promise<void> {
  const made = await maker.makeReport(order, signal);
  if (made === undefined) return;
  shelf.put(made);
  const { protocol, account, blockNumber, positionNonce, inputsHash } = made.report;
  observer.observe({
    name: 'report-signed',
    level: 'info',
    fields: { protocol, account, height: blockNumber, nonce: positionNonce, inputs_hash: inputsHash },
  });
}

/** Reports each trouble once while it stays the same, so that a bad account does not fill the log. */
function tell(observer: Observer, troubles: readonly ReportTrouble[], told: Map<string, string>): void {
  const now = new Map(troubles.map((one) => [`${one.protocol} ${one.account}`, one]));
  for (const key of told.keys()) if (!now.has(key)) told.delete(key);
  for (const [key, { protocol = 'all', account = 'all', code, detail }] of now) {
    const level = told.get(key) === code ? 'debug' : 'warn';
    observer.observe({ name: 'report-unsigned', level, fields: { protocol, account, code, detail } });
    told.set(key, code);
  }
}
