import { loadOperatorConfig } from '@surety/config';
import { connectAggregator } from '../connect-aggregator.js';
import { formatAge, formatTable } from '../format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Writes what the aggregator says of chains, edges, attesters and its own check against the ledger. */
export async function status(terminal: Terminal, options: OutputOptions): Promise<void> {
  const { aggregatorUrl } = loadOperatorConfig(terminal.environment);
  const view = await connectAggregator(aggregatorUrl).readStatus();
  const now = Math.floor(terminal.clock.nowMs() / 1000);
  writeResult(terminal, options, view, () => [
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
        edge.attestedCount.toString(),
        edge.appliedCount.toString(),
        edge.lastAsOf === 0n ? 'none yet' : `${formatAge(Math.max(0, now - Number(edge.lastAsOf)))} old`,
        `${edge.attesters.filter((attester) => attester.asOf > 0n).length} of ${edge.attesters.length}`,
      ]),
    ]),
    '',
    `self-check against the ledger: ${view.selfCheck.comparedAccounts} accounts compared, ${view.selfCheck.differences} differences`,
    `state hash: ${view.stateHash?.hash ?? 'none yet'}`,
  ]);
}
