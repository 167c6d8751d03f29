import type { WitnessEdgeView } from '@surety/api';
import { findBlock, readEdgeReports, sourcesOf } from '@surety/bridges';
import type { AggregatorConfig } from '@surety/config';
import type { Bytes32, EdgeDirection } from '@surety/domain';
import type { Clock, DriftBoard, KnownEdge } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { openViewClient } from '../chains/open-view-client.js';

/** Times whose block is remembered: a head's stays what it is, and new ones come every few minutes. */
const BLOCKS_KEPT = 256;

/** Returns what reads the witnesses of every edge; nothing is read yet. */
export function witnessReader(
  config: AggregatorConfig,
  { board, clock, edges }: { readonly board: DriftBoard; readonly clock: Clock; readonly edges: readonly KnownEdge[] },
): () => Promise<readonly WitnessEdgeView[]> {
  const opened = new Map<number, PublicClient>();
  const readerOf = (chainId: number): PublicClient => {
    const known = opened.get(chainId);
    if (known !== undefined) return known;
    const reader = openViewClient(config, chainId, clock);
    opened.set(chainId, reader);
    return reader;
  };
  const blocks = new Map<string, bigint>();
  const blockOf = async (id: number, timeS: number): Promise<bigint | null> => {
    const key = `${id}:${timeS}`;
    const found = blocks.get(key) ?? (await findBlock(readerOf(id), timeS));
    const oldest = blocks.keys().next().value;
    if (blocks.size >= BLOCKS_KEPT && oldest !== undefined) blocks.delete(oldest);
    if (found !== null) blocks.set(key, found);
    return found;
  };
  const sources = sourcesOf(config.network).flatMap((placed) => {
    const names = { 'to-ledger': nameOf(edges, placed, 'to-ledger'), 'to-vault': nameOf(edges, placed, 'to-vault') };
    return placed.source.witnesses.length === 0 ? [] : [{ placed, names }];
  });
  return async () => {
    const reports = sources.map(({ placed, names }) => {
      const readers = { atVault: readerOf(placed.vaultChainId), atLedger: readerOf(placed.ledgerChainId) };
      return readEdgeReports(placed, names, { readers, board, nowMs: clock.nowMs(), findBlock: blockOf });
    });
    return (await Promise.all(reports)).flat();
  };
}

/** The first name of a source's edge: witnesses tell under it for ever. */
function nameOf(
  edges: readonly KnownEdge[],
  { source: { source } }: { readonly source: { readonly source: number } },
  direction: EdgeDirection,
): Bytes32 {
  const own = edges.find((one) => one.source === source && one.direction === direction);
  if (own === undefined) throw new TypeError(`source ${source} has no edge ${direction}`);
  return own.edgeId;
}
