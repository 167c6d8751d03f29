import type { Readiness, ReadinessReason } from '@surety/telemetry';
import { type SenderStatus, isBudgetLow } from '@surety/transactions';
import type {
  DriftBoard,
  FailingLoops,
  PayStatus,
  PriceStatus,
  PullStatus,
  RelayStatus,
  ShadowDoubt,
} from '@surety/workflows';
import type { ServedChain, ServedEdge } from './served-chains.js';

/** Time in milliseconds after which a loop that has not ended a pass counts as stuck: longer than a replacement takes. */
export const PASS_STALE_MS = 120_000;

/** Time in milliseconds without a pass after which a loop that nothing waits for counts as failing: longer than most outages of a provider. */
export const LOOP_FAILING_MS = 600_000;

/** The last reports of the loops on one chain. */
export interface ChainState {
  readonly chainId: number;
  readonly name: string;
  /** Edges that end on this chain; each has a loop. */
  readonly edges: readonly ServedEdge[];
  /** Wei below which the wallet is low. */
  readonly walletLowWei: bigint;
  /** Wei of the wallet when it was last read, null before. */
  walletWei: bigint | null;
  sender: SenderStatus | null;
  /** Reason for which work on this chain has not begun; null once it has. */
  starting: string | null;
}

/** The last reports of a relayer's loops, for its readiness. */
export interface RelayerState {
  readonly chains: readonly ChainState[];
  /** By edge. */
  readonly relays: Map<string, RelayStatus>;
  /** By edge to a vault. */
  readonly payments: Map<string, PayStatus>;
  prices: PriceStatus | null;
  /** Null where this relayer brings no price updates, and before it starts. */
  pulls: PullStatus | null;
  /** Watchers' addresses, those of them that have been silent for a minute, and of how many a halt needs signatures. */
  readonly watchers: { readonly all: number; readonly needed: number; readonly silent: Set<string> };
  /** Feeds that wait in the timelock and do not give the price that they will replace. */
  doubtedFeeds: readonly ShadowDoubt[];
  /** Underlyings by price slot. */
  readonly symbols: ReadonlyMap<number, string>;
  /** Drift of witnesses from the configuration. */
  readonly drift: Pick<DriftBoard, 'reasons'>;
  /** Loops that report no status of their own, such as unparking, covering and delivering over witnesses, which fail or hang. */
  readonly failingLoops: Pick<FailingLoops, 'list' | 'stuckReasons'>;
}

/** Returns the state of a relayer that has not begun. */
export function freshRelayerState(
  chains: readonly (ServedChain & { readonly walletLowWei: bigint })[],
  { drift, failingLoops, symbols, watchers }: Pick<RelayerState, 'drift' | 'failingLoops' | 'symbols' | 'watchers'>,
): RelayerState {
  return {
    chains: chains.map(({ chainId, name, ledger, vaults, walletLowWei }) => ({
      chainId,
      name,
      edges: [...(ledger?.edges ?? []), ...vaults.map(({ edge }) => edge)],
      walletLowWei,
      walletWei: null,
      sender: null,
      starting: 'its contracts were not read yet',
    })),
    relays: new Map(),
    payments: new Map(),
    prices: null,
    pulls: null,
    watchers,
    doubtedFeeds: [],
    symbols,
    drift,
    failingLoops,
  };
}

/**
 * Returns a relayer's readiness. Not ready: a chain on which it cannot pay or has not begun, or no edge passes. One failing
 * edge of several, stuck prices, a doubted feed, a low wallet or budget, silent watchers, a drifted witness, or another loop that fails or hangs are reasons
 * of a ready relayer: they are not mended by another relayer alone.
 */
export function relayerReadiness(state: RelayerState, at: { readonly elapsedMs: number }): Readiness {
  let working = 0;
  const reasons: ReadinessReason[] = [];
  for (const chain of state.chains) {
    const own = chainReasons(chain);
    reasons.push(...own.map(({ code, detail }) => ({ code, detail: `${chain.name} (${chain.chainId}): ${detail}` })));
    if (chain.starting !== null) continue;
    const failing = chain.edges.flatMap((edge) => edgeReasons(state, edge, at.elapsedMs));
    reasons.push(...failing);
    working += chain.edges.length - new Set(failing.map(({ edge }) => edge)).size;
  }
  return {
    ready: working > 0 && state.chains.every(({ starting, walletWei }) => starting === null && walletWei !== 0n),
    reasons: [
      ...reasons,
      ...priceReasons(state, at.elapsedMs),
      ...pullReasons(state, at.elapsedMs),
      ...shadowReasons(state),
      ...watcherReasons(state),
      ...state.drift.reasons(),
      ...loopReasons(state, at.elapsedMs),
      ...state.failingLoops.stuckReasons(),
    ].map(({ code, detail }) => ({
      code,
      detail,
    })),
  };
}

function chainReasons(chain: ChainState): ReadinessReason[] {
  if (chain.starting !== null) return [{ code: 'STARTING', detail: chain.starting }];
  const reasons: ReadinessReason[] = [];
  if (chain.walletWei !== null && chain.walletWei < chain.walletLowWei) {
    const code = chain.walletWei === 0n ? 'EMPTY_WALLET' : 'LOW_WALLET';
    const detail = `the wallet holds ${chain.walletWei} wei; expected at least ${chain.walletLowWei}; send it coin`;
    reasons.push({ code, detail });
  }
  const day = chain.sender?.day;
  if (day !== undefined && isBudgetLow(day)) {
    const detail = `${day.spentWei} wei are spent and ${day.pendingWei} under way of today's ${day.budgetWei}; at midnight UTC it begins anew`;
    reasons.push({ code: 'BUDGET_LOW', detail });
  }
  return reasons;
}

function edgeReasons(
  state: RelayerState,
  { edge, source, direction }: ServedEdge,
  elapsedMs: number,
): (ReadinessReason & { readonly edge: string })[] {
  const where = `source ${source} ${direction}`;
  const status = state.relays.get(edge);
  if (status === undefined) return [{ edge, code: 'EDGE_NOT_READ', detail: `${where} has not ended a pass yet` }];
  const passes = [{ what: where, status }, ...payPasses(state, edge, `payments of source ${source}`)];
  return passes.flatMap(({ what, status: { problem, passedAtMs } }) => {
    if (problem !== null) return [{ edge, code: problem.code, detail: `${what}: ${problem.detail}` }];
    if (elapsedMs - passedAtMs <= PASS_STALE_MS) return [];
    return [
      { edge, code: 'EDGE_STUCK', detail: `${what} ended its last pass ${Math.round(elapsedMs - passedAtMs)} ms ago` },
    ];
  });
}

function payPasses(state: RelayerState, edge: string, what: string): { what: string; status: PayStatus }[] {
  const status = state.payments.get(edge);
  return status === undefined ? [] : [{ what, status }];
}

function priceReasons(state: RelayerState, elapsedMs: number): ReadinessReason[] {
  const { prices } = state;
  if (prices === null) return [];
  if (prices.problem !== null) return [{ code: prices.problem.code, detail: `prices: ${prices.problem.detail}` }];
  const stuck = stuckReasons('prices were last read', prices, elapsedMs);
  if (stuck.length > 0) return stuck;
  if (prices.stuckSlots.length === 0) return [];
  const slots = prices.stuckSlots.map((slot) => state.symbols.get(slot) ?? `slot ${slot}`);
  return [{ code: 'FEEDS_STUCK', detail: `no newer price of ${slots.join(', ')}; see surety doctor` }];
}

function pullReasons({ pulls }: RelayerState, elapsedMs: number): ReadinessReason[] {
  if (pulls === null) return [];
  return [
    ...stuckReasons('price updates were last brought', pulls, elapsedMs),
    ...pulls.failing.map(({ name, code, detail }) => ({ code, detail: `price of ${name}: ${detail}` })),
  ];
}

/** Returns the reason of a loop over prices whose last pass is long ago, such as one that waits for a transaction. */
function stuckReasons(what: string, { passedAtMs }: { passedAtMs: number }, elapsedMs: number): ReadinessReason[] {
  const ageMs = elapsedMs - passedAtMs;
  return ageMs > PASS_STALE_MS ? [{ code: 'PRICES_STUCK', detail: `${what} ${Math.round(ageMs)} ms ago` }] : [];
}

/** While too few answer, this relayer halts no edge, and posts no report that needs them. */
function watcherReasons({ watchers: { all, needed, silent } }: RelayerState): ReadinessReason[] {
  const answering = all - silent.size;
  if (answering >= Math.min(all, needed)) return [];
  const detail = `${answering} of ${all} watchers answer; a halt needs signatures of ${needed}: ${[...silent].join(', ')}`;
  return [{ code: 'WATCHERS_SILENT', detail }];
}

/** The log warns of a loop's first failure alone, and what it does never happens meanwhile. */
function loopReasons({ failingLoops }: RelayerState, elapsedMs: number): ReadinessReason[] {
  return failingLoops.list().flatMap(({ loop, sinceMs, code, detail }) => {
    const ageMs = elapsedMs - sinceMs;
    if (ageMs <= LOOP_FAILING_MS) return [];
    return [
      { code: 'LOOP_FAILING', detail: `${loop} for ${Math.round(ageMs / 1_000)} s at each try: ${code}: ${detail}` },
    ];
  });
}

function shadowReasons({ doubtedFeeds, symbols }: RelayerState): ReadinessReason[] {
  return doubtedFeeds.map((doubt) => ({ code: 'FEED_DOUBTED', detail: detailOf(doubt, symbols) }));
}

function detailOf(doubt: ShadowDoubt, symbols: RelayerState['symbols']): string {
  if ('operation' in doubt)
    return `operation ${doubt.operation}, which may be executed from ${doubt.readyAt} s on, may list a feed: no provider shows its calls; ask one that keeps older logs, or cancel it`;
  const { slot, feed, readyAt, apart } = doubt;
  const seen =
    'failing' in apart ? `gives no price (${apart.failing})` : `is ${apart.ppm} ppm off the price that counts`;
  return `feed ${feed}, which may take over ${symbols.get(slot) ?? `slot ${slot}`} from ${readyAt} s on, ${seen}; cancel the operation that lists it unless that is meant`;
}
