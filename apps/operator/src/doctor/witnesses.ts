import { type BridgesErrorCode, type EdgeReport, diffWitnesses, findBlock, readEdgeReports } from '@surety/bridges';
import { AppError } from '@surety/domain';
import { DriftBoard } from '@surety/workflows';
import { operatorError } from '../errors.js';
import { formatEdges } from './format-edges.js';
import { openConfig } from '../chains/open-config.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { type OpenSource, openSources } from './witnessed-sources.js';

/**
 * Shows each witness's record in both directions, its confirmed part, the cost of publishing the rest, and differences
 * from the configuration. The same as an aggregator's `/v1/witnesses`, but read from the chains now.
 * @throws afterwards WITNESS_UNREADABLE (try again) if nothing of an edge could be read; UNHEALTHY if a witness is contradicted or not set
 * as configured, for it confirms nothing more.
 */
export async function witnesses(terminal: Terminal, options: OutputOptions): Promise<void> {
  const config = openConfig(terminal);
  const sources = openSources(config).filter(({ source }) => source.witnesses.length > 0);
  terminal.tell(`asking the chains about ${2 * sources.length} edges …`);
  const edges = (await Promise.all(sources.map((one) => readEdges(one, terminal.clock.nowMs())))).flat();
  const decimals = new Map(
    config.network.chains.flatMap(({ vault }) => vault?.assets ?? []).map((asset) => [asset.assetId, asset.decimals]),
  );
  writeResult(terminal, options, { edges }, () => formatEdges(edges, (assetId) => decimals.get(assetId) ?? 0));
  const silent = edges.filter(isSilent).map(({ chain, direction }) => `${chain} ${direction}`);
  if (silent.length > 0)
    throw new AppError<BridgesErrorCode>({
      code: 'WITNESS_UNREADABLE',
      message: `nothing could be read of ${silent.length} of ${edges.length} edges (${silent.join(', ')}); expected an answer of one provider at least; see surety doctor`,
      retryable: true,
    });
  const lost = edges.flatMap(({ chain, direction, witnesses: all }) =>
    all
      .filter(({ health }) => health === 'contradicted' || health === 'drifted')
      .map(({ witness, health }) => `${witness} of ${chain} ${direction} is ${health}`),
  );
  if (lost.length === 0) return;
  const next = 'a contradicted one: docs/RUNBOOKS/01-source-in-trouble.md; a drifted one: surety config diff';
  throw operatorError('UNHEALTHY', `${lost.join('; ')}; expected every witness to confirm; ${next}`);
}

function isSilent({ count, witnesses: all }: EdgeReport): boolean {
  return count === null && all.every(({ head, confirmed }) => head === null && confirmed === null);
}

async function readEdges(open: OpenSource, nowMs: number): Promise<readonly EdgeReport[]> {
  const { chain, source, readers, firstReaders, edges } = open;
  const at = source.source;
  const board = new DriftBoard([{ source: at, name: chain, witnesses: source.witnesses.map(({ name }) => name) }]);
  board.tell(at, await diffWitnesses(source, readers), nowMs);
  return readEdgeReports(open, edges, {
    readers: firstReaders,
    board,
    nowMs,
    findBlock: (id, timeS) => findBlock(id === open.vaultChainId ? firstReaders.atVault : firstReaders.atLedger, timeS),
  });
}
