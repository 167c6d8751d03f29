import type { StatusView } from '@surety/client';
import { AppError, type EdgeStanding, type LateAttester, judgeAttesters } from '@surety/domain';
import { compareEdges } from './compare-edges.js';
import { operatorError } from '../errors.js';
import { openConfig } from '../chains/open-config.js';
import { type CoverageFacts, type CoverageTrouble, judgeCoverage } from './judge-coverage.js';
import { readCoverages } from './read-coverages.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { type StalePrice, readStalePrices, tellUnreadPrices } from './read-price-ages.js';
import { type AskedProcess, type ProcessHealth, readProcesses } from './read-processes.js';
import { formatAge, formatTable } from '../terminal/format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/**
 * Writes the aggregator's view of chains, edges, attesters and its own check against the ledger. For configured chains,
 * adds each asset that its vault or the ledger reports as short, and what was not read. Without an aggregator it writes what named processes and the chains say.
 * @throws NOT_READY afterwards, unless the aggregator follows the configured deployment, it and named processes are ready, enough attesters of every edge keep up and prices count.
 */
export async function status(terminal: Terminal, options: OutputOptions): Promise<void> {
  const config = openConfig(terminal);
  const { aggregatorUrls } = config;
  const aggregatorUrl = aggregatorUrls.join(', ');
  const [view, coverages, processes, prices] = await Promise.all([
    connectAggregator(aggregatorUrls).readStatus().catch(failureOf),
    readCoverages(config),
    readProcesses([...aggregatorsOf(aggregatorUrls), ...config.processes]),
    readStalePrices(config),
  ]);
  const troubles = coverages.flatMap((facts) => judgeCoverage(facts) ?? []);
  const unread = [...coverages.flatMap(tellUnreadCoverage), ...tellUnreadPrices(config)];
  const around = { coverage: troubles, processes, stalePrices: prices, unread };
  const linesAround = [
    ...processLines(processes),
    ...priceLines(prices),
    ...coverageLines(troubles),
    ...unreadLines(unread),
  ];
  if (view instanceof AppError) {
    writeResult(terminal, options, { ready: false, ...around }, () => linesAround);
    throw view;
  }
  const differing = compareEdges(config.network, view.edges);
  const now = Math.floor(terminal.clock.nowMs() / 1000);
  writeResult(terminal, options, { ...view, ...around }, () => [
    `${aggregatorUrls.length === 1 ? aggregatorUrl : `one of ${aggregatorUrl}`}: ${view.ready ? 'ready' : 'NOT ready'}, profile ${view.profile}`,
    '',
    ...formatTable([
      ['chain', 'id', 'role', 'condition', 'final', 'newest', 'reason'],
      ...view.chains.map((chain) => [
        chain.name,
        String(chain.chainId),
        chain.role,
        chain.condition,
        String(chain.heightFinal ?? '-'),
        String(chain.heightLatest ?? '-'),
        chain.reason ?? '',
      ]),
    ]),
    '',
    ...edgeTable(view, now),
    '',
    ...conditionsOf(view, now),
    ...lateLines(view, now),
    ...twiceLines(view),
    ...contradictionLines(view),
    ...linesAround,
    `self-check against the ledger: ${view.selfCheck.comparedAccounts} accounts compared, ${view.selfCheck.differences} differences`,
    `state hash: ${view.stateHash?.hash ?? 'none yet'}`,
  ]);
  const seen = [
    ...(differing === undefined ? [] : [`${aggregatorUrl}: ${differing}`]),
    ...troublesOf({ view, processes, prices, now, aggregatorUrl }),
  ];
  if (seen.length === 0) return;
  const next = 'expected all to be ready; see the lines above and surety doctor';
  throw operatorError('NOT_READY', `${seen.join('; ')}; ${next}`);
}

function edgeTable({ edges }: StatusView, now: number): string[] {
  return formatTable([
    ['source', 'edge', 'entries', 'attested', 'applied', 'as of', 'attesters up to date'],
    ...edges.map((edge) => [
      String(edge.source),
      `${edge.edge.slice(0, 10)}…`,
      edge.entryCount.toString(),
      edge.local ? 'local' : edge.attestedCount.toString(),
      edge.appliedCount.toString(),
      edge.local
        ? 'now: read in each call'
        : edge.lastAsOf === 0n
          ? 'none yet'
          : `${formatAge(Math.max(0, now - Number(edge.lastAsOf)))} ago`,
      edge.local ? 'nobody signs' : attestersOf(standingOf(edge, now)),
    ]),
  ]);
}

/** Returns a failure of the aggregator as a value: other processes and the chains are shown without it. */
function failureOf(failure: unknown): AppError {
  if (failure instanceof AppError) return failure;
  throw failure;
}

/** Lists in words everything that keeps a deployment from being ready. */
function troublesOf(seen: {
  readonly view: StatusView;
  readonly processes: readonly ProcessHealth[];
  readonly prices: readonly StalePrice[];
  readonly now: number;
  readonly aggregatorUrl: string;
}): string[] {
  const { view, processes, prices, now, aggregatorUrl } = seen;
  const waiting = view.edges.filter((edge) => standingOf(edge, now)?.isAttested === false).length;
  const isTold = processes.some(({ role, ready }) => role === 'aggregator' && !ready);
  return [
    ...(waiting === 0 ? [] : [`too few attesters of ${waiting} edges keep up`]),
    ...runningTwice(view).map((address) => `attester ${address} posts from two processes`),
    ...processes.filter(({ ready }) => !ready).map(({ role, url }) => `${role} ${url} is not ready`),
    ...(view.ready || isTold ? [] : [`${aggregatorUrl} is not ready`]),
    ...(prices.length === 0 ? [] : [`prices of ${prices.map(({ symbol }) => symbol).join(', ')} do not count`]),
  ];
}

/** One aggregator answers for all with what it knows of the deployment; what ails each is its own health answer. */
function aggregatorsOf(urls: readonly string[]): AskedProcess[] {
  return urls.map((url) => ({ role: 'aggregator', url, variable: 'SURETY_AGGREGATOR_URLS' }));
}

function processLines(processes: readonly ProcessHealth[]): string[] {
  const lines = processes.flatMap(({ role, url, ready, reasons }) => [
    `${role} ${url}: ${ready ? (reasons.length === 0 ? 'ready' : 'ready, degraded') : 'NOT ready'}`,
    ...reasons.map(({ code, detail }) => `  ${code}: ${detail}`),
  ]);
  return lines.length === 0 ? [] : [...lines, ''];
}

function priceLines(prices: readonly StalePrice[]): string[] {
  const lines = prices.map(({ symbol, detail }) => `price of ${symbol}: ${detail}`);
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Returns how the attesters of an edge stand; undefined where nobody signs, or the sets were not read yet. */
function standingOf({ local, attesters }: StatusView['edges'][number], nowS: number): EdgeStanding | undefined {
  if (local || attesters.length < 4) return undefined;
  return judgeAttesters(
    attesters.map((one) => ({ ...one, behindS: one.behindS ?? 0 })),
    nowS,
  );
}

function attestersOf(standing: EdgeStanding | undefined): string {
  if (standing === undefined) return 'none known yet';
  return `${standing.current} of ${standing.members}, ${standing.needed} needed`;
}

/** Names each attester that does not keep up with an edge, since when, and what follows from it. */
function lateLines({ edges }: StatusView, nowS: number): string[] {
  const lines = edges.flatMap((edge) => {
    const standing = standingOf(edge, nowS);
    if (standing === undefined || standing.late.length === 0) return [];
    const what = edge.direction === 'to-ledger' ? 'locks' : 'releases';
    const follows = standing.isAttested
      ? `the other ${standing.current} suffice; ask their operators`
      : `new ${what} wait until ${standing.needed} keep up; ask their operators`;
    return [
      `attesters of source ${edge.source} ${edge.direction}: ${attestersOf(standing)}`,
      ...standing.late.map((one) => `  ${one.address} ${lateness(one)}`),
      `  next: ${follows}`,
    ];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Lists the attesters whose key two processes post with. */
function runningTwice({ edges }: StatusView): string[] {
  const doubled = edges.flatMap(({ attesters }) => attesters.filter(({ twice }) => twice === true));
  return [...new Set(doubled.map(({ address }) => address))];
}

function twiceLines(view: StatusView): string[] {
  const lines = runningTwice(view).map(
    (address) => `attester ${address} posts from two processes; next: stop one, docs/RUNBOOKS/11-attester-store.md`,
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

/** A contradiction is kept for good, also once its member is suspended: it is told, and fails nothing. */
function contradictionLines({ counts }: StatusView): string[] {
  const kept = counts['contradictions'] ?? 0;
  if (kept === 0) return [];
  return [`evidence against attesters: ${kept}; next: surety attesters evidence, docs/RUNBOOKS/03-equivocation.md`, ''];
}

function lateness({ lateS, count }: LateAttester): string {
  return lateS === null ? 'was never heard' : `is late by ${formatAge(lateS)} (last count ${count})`;
}

/** Names each edge that is not taken as it comes, why, and who may do what about it. */
function conditionsOf({ edges }: StatusView, nowS: number): string[] {
  const lines = edges.flatMap(({ edge, source, direction, condition }) => {
    if (condition === null) return [];
    const { state, until, reason, next } = condition;
    const left = until === 0n ? '' : `, ${formatAge(Math.max(0, Number(until) - nowS))} left`;
    const journal = direction === 'to-ledger' ? `source ${source}` : `releases to source ${source}`;
    return [`${journal} is ${state}${left} (${edge.slice(0, 10)}…)`, `  why: ${reason}`, `  next: ${next}`];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Names each asset that is short or impaired, how much of it there is, since when, and what to run. */
function coverageLines(troubles: readonly CoverageTrouble[]): string[] {
  const lines = troubles.flatMap(({ chain, symbol, detail, next }) => [
    `${symbol} of ${chain}: ${detail}`,
    `  next: ${next}`,
  ]);
  return lines.length === 0 ? [] : [...lines, ''];
}

/** An asset of which a part is unknown is neither short nor whole. */
function tellUnreadCoverage({ chain, symbol, unread }: CoverageFacts): string[] {
  return unread.length === 0 ? [] : [`coverage of ${symbol} of ${chain}: not read: ${unread.join('; ')}`];
}

function unreadLines(unread: readonly string[]): string[] {
  return unread.length === 0 ? [] : [...unread, ''];
}
