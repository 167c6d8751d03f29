import type { Address, Bytes32, Hex } from '@surety/domain';
import { REPLICA_STATES, type ReplicaFact } from '@surety/workflows';
import type { ReplicaRow } from './fold-rows.js';

/** Writes a replica as its row. */
export function replicaRow({ condition, crossing, generation = 0, ...replica }: ReplicaFact): ReplicaRow {
  const { state = 'LIVE', until: stateUntil = 0n, cause: stateCause = '' } = condition ?? {};
  const { next = null, point = 0n, undone = 0n } = crossing ?? {};
  return { ...replica, state, stateUntil, stateCause, generation, next, point, undone };
}

/** Reads a replica from its row. */
export function replicaFact(row: ReplicaRow): ReplicaFact {
  const { chainId, edge, source, originChainId, vault, count, head, stateUntil: until, stateCause: cause } = row;
  const fact = { chainId, edge: edge as Bytes32, source, originChainId, vault: vault as Hex as Address, count };
  const state = REPLICA_STATES.find((one) => one === row.state) ?? 'NONE';
  const { generation, next, point, undone } = row;
  return {
    ...fact,
    head: head as Bytes32,
    ...(generation === 0 ? {} : { generation }),
    ...(next === null ? {} : { crossing: { next: next as Bytes32, point, undone } }),
    ...(state === 'LIVE' && cause === '' ? {} : { condition: { state, until, cause } }),
  };
}
