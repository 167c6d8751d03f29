import { REPLICA_STATES, type ReplicaFact } from '@surety/workflows';
import type { ReplicaRow } from './fold-rows.js';

/** Converts a replica to its row. */
export function replicaRow(fact: ReplicaFact): ReplicaRow {
  const { condition, rewind, generation = 0, name = null, ...replica } = fact;
  const { state = 'LIVE', until: stateUntil = 0n, cause: stateCause = '' } = condition ?? {};
  const way = {
    next: rewind?.next ?? null,
    point: rewind?.point.count ?? 0n,
    pointHead: rewind?.point.head ?? null,
    unwound: rewind?.count ?? 0n,
  };
  return { ...replica, state, stateUntil, stateCause, generation, name, ...way };
}

/** Converts a row to its replica. */
export function replicaFact(row: ReplicaRow): ReplicaFact {
  const { chainId, edge, source, originChainId, vault, count, head, stateUntil: until, stateCause: cause } = row;
  const state = REPLICA_STATES.find((one) => one === row.state) ?? 'NONE';
  const { generation, name } = row;
  return {
    chainId,
    edge,
    source,
    originChainId,
    vault,
    count,
    head,
    ...(generation === 0 ? {} : { generation }),
    ...(name === null ? {} : { name }),
    ...rewindOf(row),
    ...(state === 'LIVE' && cause === '' ? {} : { condition: { state, until, cause } }),
  };
}

function rewindOf({ next, point, pointHead, unwound }: ReplicaRow): Pick<ReplicaFact, 'rewind'> {
  if (next === null || pointHead === null) return {};
  return { rewind: { next, point: { count: point, head: pointHead }, count: unwound } };
}
