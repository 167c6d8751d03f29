import type { ReadinessView } from '@surety/api';
import { type Clock, DriftBoard, type FollowCondition, LedgerFollower, SelfCheck } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { FollowStates } from '../projections/follow-states.js';
import { LedgerAge } from '../projections/ledger-age.js';
import { TOKENS } from '../tokens.js';
import { Webhooks } from '../webhooks/webhooks.js';

/** Milliseconds since the last good look at a chain after which answers are called old. */
const LOOK_AGE_MAX_MS = 60_000;

/** Finding of one indicator. One that is down keeps the aggregator from being ready; one that is up may name reasons too. */
export interface IndicatorResult {
  readonly status: 'up' | 'down';
  readonly reasons: ReadinessView['reasons'];
}

/** Looks at one thing on which readiness depends. */
export interface HealthIndicator {
  check(): IndicatorResult;
}

function downIfAny(reasons: ReadinessView['reasons']): IndicatorResult {
  return { status: reasons.length === 0 ? 'up' : 'down', reasons };
}

/** Names a newest block that cannot be read for a while: final blocks are folded without it, so nothing is down. */
function glanceReasons(
  chain: string,
  condition: FollowCondition,
  clock: Pick<Clock, 'elapsedMs'>,
): ReadinessView['reasons'] {
  const glance = condition.kind === 'current' ? condition.glance : undefined;
  if (glance === undefined || clock.elapsedMs() - glance.sinceMs <= LOOK_AGE_MAX_MS) return [];
  const { code, detail } = glance;
  return [
    { code, detail: `the newest block of ${chain} cannot be read, entries are shown once they are final: ${detail}` },
  ];
}

/** Down until a final block of the settlement chain is folded, and while that chain cannot be followed. */
@Injectable()
export class LedgerIndicator implements HealthIndicator {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(FollowStates) private readonly states: FollowStates,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  check(): IndicatorResult {
    const isFolded = this.follower.snapshot !== undefined;
    const { condition } = this.states.ledger;
    const reasons = isFolded
      ? []
      : [{ code: 'NOT_FOLDED', detail: 'no final block of the settlement chain is folded yet' }];
    if (condition.kind !== 'failing') {
      const { status } = downIfAny(reasons);
      return { status, reasons: [...reasons, ...glanceReasons('the settlement chain', condition, this.clock)] };
    }
    const { code, detail, sinceMs } = condition;
    if (this.clock.elapsedMs() - sinceMs > LOOK_AGE_MAX_MS)
      return downIfAny([...reasons, { code, detail: `the settlement chain cannot be followed: ${detail}` }]);
    // Providers that are away for a moment do not make the last block wrong.
    const isPassing = isFolded && ['NO_QUORUM', 'UNAVAILABLE'].includes(code);
    return downIfAny(isPassing ? reasons : [...reasons, { code, detail }]);
  }
}

/**
 * Always up; names every vault that cannot be followed. Margins and the other chains are served all the same, and 503 would
 * take them away too.
 */
@Injectable()
export class VaultsIndicator implements HealthIndicator {
  constructor(
    @Inject(FollowStates) private readonly states: FollowStates,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  check(): IndicatorResult {
    const reasons = this.states.vaults.flatMap(({ chainId, condition }) => {
      if (condition.kind === 'current') return glanceReasons(`chain ${chainId}`, condition, this.clock);
      if (condition.kind !== 'failing' || this.clock.elapsedMs() - condition.sinceMs <= LOOK_AGE_MAX_MS) return [];
      const { code, detail } = condition;
      return [{ code, detail: `the vault on chain ${chainId} cannot be followed, the others are: ${detail}` }];
    });
    return { status: 'up', reasons };
  }
}

/**
 * Names a folded block that is older than the chain's finality explains, and is down once it is twice that: prices and locks of it are no
 * longer those of the ledger.
 */
@Injectable()
export class AgeIndicator implements HealthIndicator {
  constructor(@Inject(LedgerAge) private readonly age: LedgerAge) {}

  check(): IndicatorResult {
    const { overdueS, mostS } = this.age;
    if (overdueS === 0n) return downIfAny([]);
    const detail = `the last folded block of the settlement chain is ${overdueS + mostS} s old, expected at most ${mostS} s: its finality or its providers stand still, or this aggregator still catches up`;
    return { status: overdueS > mostS ? 'down' : 'up', reasons: [{ code: 'BLOCK_OLD', detail }] };
  }
}

/**
 * Always up; names the releases that were folded without a book and cannot be read again. Nothing else waits for them, and 503
 * would take the other vaults' away too.
 */
@Injectable()
export class ReleasedIndicator implements HealthIndicator {
  constructor(
    @Inject(FollowStates) private readonly states: FollowStates,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  check(): IndicatorResult {
    const { released } = this.states;
    const isNamed = released.kind === 'failing' && this.clock.elapsedMs() - released.sinceMs > LOOK_AGE_MAX_MS;
    return { status: 'up', reasons: isNamed ? [{ code: released.code, detail: released.detail }] : [] };
  }
}

/** Down while a margin differs from the ledger's own at the same block. */
@Injectable()
export class MarginsIndicator implements HealthIndicator {
  constructor(@Inject(SelfCheck) private readonly selfCheck: SelfCheck) {}

  check(): IndicatorResult {
    const { outcome } = this.selfCheck;
    if (outcome === undefined || outcome.differences === 0) return downIfAny([]);
    const { block, differences, example } = outcome;
    const detail = `${differences} accounts differ from the ledger's marginOf at block ${block.height}, such as ${example}`;
    return downIfAny([{ code: 'MARGIN_DIFFERS', detail }]);
  }
}

/** Always up; names every witness that is not set as configured. */
@Injectable()
export class WitnessesIndicator implements HealthIndicator {
  constructor(@Inject(DriftBoard) private readonly drift: DriftBoard) {}

  check(): IndicatorResult {
    return { status: 'up', reasons: [...this.drift.reasons()] };
  }
}

/** Always up; names every receiver that has not taken its messages for a while. */
@Injectable()
export class WebhooksIndicator implements HealthIndicator {
  constructor(
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  check(): IndicatorResult {
    const nowMs = this.clock.elapsedMs();
    const reasons = this.webhooks.failures
      .filter(({ sinceMs }) => nowMs - sinceMs > LOOK_AGE_MAX_MS)
      .map(({ detail }) => ({ code: 'WEBHOOK_REFUSED', detail: `a receiver gets no messages: ${detail}` }));
    return { status: 'up', reasons };
  }
}
