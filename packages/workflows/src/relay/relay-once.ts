import { type RelayEdgeDeps, type RelayPass, relayEdgeOnce } from './relay-edge.js';
import { type RelayMemory, freshRelayMemory } from './relay-memory.js';

/** The result of relaying an edge to its end. */
export interface RelayOnceResult {
  /** Entries that this run applied. */
  readonly applied: bigint;
  readonly refreshed: boolean;
  /** The replica's count at the end. */
  readonly count: bigint;
  /** Reason for which the run could not continue; null if there was nothing more. */
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}

/** Outcomes after which another pass may succeed. */
const WORKED: ReadonlySet<RelayPass['kind']> = new Set(['applied', 'refreshed', 'shrunk', 'contradicted']);

/** Consecutive passes without effect after which a run ends, per source. */
const STILL_PASSES = 2;

/** Relays an edge until no source has more, or none can help. For a manual run. @throws errors of {@link relayEdgeOnce}. */
export async function relayOnce(deps: RelayEdgeDeps, signal?: AbortSignal): Promise<RelayOnceResult> {
  const memory: RelayMemory = freshRelayMemory();
  let [applied, refreshed, still] = [0n, false, 0];
  let refusal: RelayOnceResult['refusal'] = null;
  while (still < STILL_PASSES * Math.max(1, deps.sources.length)) {
    const pass: RelayPass = await relayEdgeOnce(deps, memory, signal);
    signal?.throwIfAborted();
    still = WORKED.has(pass.kind) ? 0 : still + 1;
    if (pass.kind === 'applied') applied += pass.to - pass.from;
    refreshed ||= pass.kind === 'refreshed';
    refusal = pass.kind === 'refused' ? { code: pass.code, detail: pass.detail } : still === 0 ? null : refusal;
    if (pass.kind === 'lagging' || pass.kind === 'overtaken') {
      deps.replica.distrustProvider();
      await deps.clock.sleep(deps.policy.pollIntervalMs, signal);
    }
  }
  return { applied, refreshed, count: memory.count ?? 0n, refusal };
}
