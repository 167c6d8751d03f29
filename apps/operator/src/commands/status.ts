import type { StatusView } from '@surety/client';
import { openConfig } from '../open-config.js';
import { type CoverageTrouble, judgeCoverage } from '../short-assets/judge-coverage.js';
import { readCoverages } from '../short-assets/read-coverages.js';
import { connectAggregator } from '../connect-aggregator.js';
import { formatAge, formatTable } from '../format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/**
 * Writes the aggregator's view of chains, edges, attesters and its own check against the ledger. For configured chains,
 * adds each asset that its vault or the ledger reports as short.
 */
export async function status(terminal: Terminal, options: OutputOptions): Promise<void> {
  const config = openConfig(terminal);
  const { aggregatorUrl } = config;
  const [view, coverages] = await Promise.all([connectAggregator(aggregatorUrl).readStatus(), readCoverages(config)]);
  const troubles = coverages.flatMap((facts) => judgeCoverage(facts) ?? []);
  const now = Math.floor(terminal.clock.nowMs() / 1000);
  writeResult(terminal, options, { ...view, coverage: troubles }, () => [
    `${aggregatorUrl}: ${view.ready ? 'ready' : 'NOT ready'}, profile ${view.profile}`,
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
    ...formatTable([
      ['source', 'edge', 'entries', 'attested', 'applied', 'knowledge is', 'attesters heard'],
      ...view.edges.map((edge) => [
        String(edge.source),
        `${edge.edge.slice(0, 10)}…`,
        edge.entryCount.toString(),
        edge.local ? 'local' : edge.attestedCount.toString(),
        edge.appliedCount.toString(),
        edge.local
          ? 'read in each call'
          : edge.lastAsOf === 0n
            ? 'none yet'
            : `${formatAge(Math.max(0, now - Number(edge.lastAsOf)))} old`,
        edge.local
          ? 'nobody signs'
          : `${edge.attesters.filter((attester) => attester.asOf > 0n).length} of ${edge.attesters.length}`,
      ]),
    ]),
    '',
    ...conditionsOf(view, now),
    ...coverageLines(troubles),
    `self-check against the ledger: ${view.selfCheck.comparedAccounts} accounts compared, ${view.selfCheck.differences} differences`,
    `state hash: ${view.stateHash?.hash ?? 'none yet'}`,
  ]);
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
