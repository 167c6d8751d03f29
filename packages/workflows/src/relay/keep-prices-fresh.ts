import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Ledger } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { PriceBoard } from '../ports/price-board.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import { spentOf } from '../running/spent-of.js';
import { POKE_SKIPPED_MS } from './limits.js';
import { type PokePlan, type PokePolicy, type PokeReason, planPokes, restsAlone } from './plan-pokes.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Ports of {@link keepPricesFresh}. */
export interface KeepPricesFreshDeps {
  /** Price slots of the risk manager. */
  readonly slots: readonly number[];
  readonly board: PriceBoard;
  readonly ledger: Pick<Ledger, 'poke' | 'distrustProvider'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: PokePolicy & { readonly pollIntervalMs: number };
  /** Called after every pass. */
  readonly report?: (status: PriceStatus) => void;
}

/** The state of the price loop after a pass. */
export interface PriceStatus {
  /** Time of `Clock.elapsedMs`. */
  readonly passedAtMs: number;
  /** Slots whose feed has no price or nothing newer while the cached price ages, and slots that the risk manager skips. */
  readonly stuckSlots: readonly number[];
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/**
 * Keeps cached prices fresh until the signal aborts: pokes prices that moved or age. If another relayer pokes first,
 * ours changes nothing. @throws CHAIN_MISMATCH: this process is configured for another ledger.
 */
export async function keepPricesFresh(deps: KeepPricesFreshDeps, signal: AbortSignal): Promise<void> {
  const { ledger, clock, observer, policy, report } = deps;
  const memory: PokeMemory = new Map();
  let told = '';
  const running: KeepRunningOptions = {
    step: async () => {
      const plan = await pokeOnce(deps, memory, signal);
      const stuckSlots = [...[...plan.failing, ...plan.stalled].map(({ slot }) => slot), ...plan.resting];
      told = tellStuck(deps, plan, told);
      report?.({ passedAtMs: clock.elapsedMs(), stuckSlots, problem: null });
    },
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: {
      name: 'poke-failed',
      describe: failureOf,
      level: (error) => (error instanceof AppError && error.retryable ? 'warn' : 'error'),
    },
    isFatal: isChainMismatch,
    distrustProvider: () => ledger.distrustProvider(),
    onFailure: (error) => report?.({ passedAtMs: clock.elapsedMs(), stuckSlots: [], problem: failureOf(error) }),
    clock,
    observer,
  };
  await keepRunning(running, signal);
}

/** Pokes that changed nothing, or may have: of which slot and why, how often in a row, and until when it pauses. */
interface PokePause {
  readonly slot: number;
  readonly reason: PokeReason;
  readonly times: number;
  readonly untilMs: number;
}

/** By slot, and by reason where that pauses alone: one of these does not end or begin the pause of another. */
export type PokeMemory = Map<string, PokePause>;

/** Runs one pass: at most one transaction for all slots that need it. Returns the plan. */
export async function pokeOnce(deps: KeepPricesFreshDeps, memory: PokeMemory, signal?: AbortSignal): Promise<PokePlan> {
  const readings = await deps.board.readPrices(deps.slots, signal);
  const elapsedMs = deps.clock.elapsedMs();
  const pauses = [...memory.values()].filter(({ untilMs }) => untilMs > elapsedMs);
  const plan = planPokes(readings, deps.policy, pauses);
  if (plan.pokes.length === 0) return plan;
  const slots = plan.pokes.map(({ slot }) => slot);
  const outcome = await deps.ledger.poke(slots, signal);
  const reasons = plan.pokes.map(({ reason }) => reason).join(',');
  const fields = { slots: slots.join(','), reasons };
  if (outcome.kind === 'landed') {
    for (const poke of plan.pokes) rest(deps, memory, poke, outcome.skipped.includes(poke.slot));
    deps.observer.observe({ name: 'prices-poked', level: 'info', fields: { ...fields, ...spentOf(outcome) } });
  } else if (outcome.kind !== 'overtaken') {
    throw new AppError({
      code: 'POKE_REFUSED',
      message: `a poke of price slots ${fields.slots} was ${outcome.kind} (${outcome.name}); expected it to pass; check the risk manager`,
      retryable: true,
    });
  }
  return plan;
}

/** Pauses a slot after a poke that changed nothing, longer each time. */
function rest(
  { clock }: KeepPricesFreshDeps,
  memory: PokeMemory,
  poke: PokePlan['pokes'][number],
  isSkipped: boolean,
): void {
  const { slot, reason } = poke;
  const name = restsAlone(reason) ? `${slot} ${reason}` : `${slot}`;
  // A feed that fails for us and answers the risk manager would else be poked at every pass, and so would one that fails at
  // every other pass: what it answers in between does not end the pause. Doubt that a poke did not widen would be paid at each pass too.
  if (isSkipped || restsAlone(reason)) {
    const times = (memory.get(name)?.times ?? 0) + 1;
    memory.set(name, { slot, reason, times, untilMs: clock.elapsedMs() + retryDelayMs(times - 1, POKE_SKIPPED_MS) });
  } else {
    for (const [key, one] of memory) if (one.slot === slot && one.untilMs <= clock.elapsedMs()) memory.delete(key);
  }
}

/** Reports stuck feeds once per change, not at every pass. */
function tellStuck(deps: KeepPricesFreshDeps, plan: PokePlan, told: string): string {
  const failing = plan.failing.map(({ slot, name }) => `${slot}:${name}`).join(',');
  const stalled = plan.stalled.map(({ slot }) => `${slot}`).join(',');
  const skipped = plan.resting.join(',');
  const now = `${failing}|${stalled}|${skipped}`;
  if (now !== told && now !== '||')
    deps.observer.observe({ name: 'feeds-stuck', level: 'warn', fields: { failing, stalled, skipped } });
  return now;
}
