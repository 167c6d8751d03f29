import type { ReadinessView } from '@surety/api';
import { type Clock, DriftBoard, type FollowCondition, LedgerFollower, SelfCheck } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { FollowStates } from '../projections/follow-states.js';
import { LedgerAge } from '../projections/ledger-age.js';
import { TOKENS } from '../tokens.js';
import { Webhooks } from '../webhooks/webhooks.js';

/** Milliseconds since the last good look at a chain after which answers are called old. */
const LOOK_AGE_MAX_MS = 60_000;

type Reasons = ReadinessView['reasons'];

/** The view of a part that is ready unless it names a reason. */
function readyIfNone(reasons: Reasons): ReadinessView {
  return { ready: reasons.length === 0, reasons };
}

/** Says whether what is served is current and agrees with the ledger, by everything on which that depends. */
@Injectable()
export class ReadinessService {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(FollowStates) private readonly states: FollowStates,
    @Inject(LedgerAge) private readonly age: LedgerAge,
    @Inject(SelfCheck) private readonly selfCheck: SelfCheck,
    @Inject(DriftBoard) private readonly drift: DriftBoard,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  /** Returns whether all parts are ready, and every reason that one names. */
  check(): ReadinessView {
    const parts = [
      this.#ledger(),
      this.#blockAge(),
      { ready: true, reasons: this.#vaults() },
      this.#margins(),
      { ready: true, reasons: this.drift.reasons() },
      { ready: true, reasons: this.#receivers() },
    ];
    return { ready: parts.every(({ ready }) => ready), reasons: parts.flatMap(({ reasons }) => reasons) };
  }

  /** Not ready until a final block of the settlement chain is folded, and while that chain cannot be followed. */
  #ledger(): ReadinessView {
    const isFolded = this.follower.snapshot !== undefined;
    const { condition } = this.states.ledger;
    const reasons = isFolded
      ? []
      : [{ code: 'NOT_FOLDED', detail: 'no final block of the settlement chain is folded yet' }];
    if (condition.kind !== 'failing')
      return { ready: isFolded, reasons: [...reasons, ...this.#unglanced('the settlement chain', condition)] };
    const { code, detail, sinceMs } = condition;
    if (this.#isLasting(sinceMs))
      return readyIfNone([...reasons, { code, detail: `the settlement chain cannot be followed: ${detail}` }]);
    // Providers that are away for a moment do not make the last block wrong.
    const isPassing = isFolded && ['NO_QUORUM', 'UNAVAILABLE'].includes(code);
    return readyIfNone(isPassing ? reasons : [...reasons, { code, detail }]);
  }

  /** Names every vault that cannot be followed. Margins and the other chains are served all the same, and 503 would take them away too. */
  #vaults(): Reasons {
    return this.states.vaults.flatMap(({ chainId, condition }) => {
      if (condition.kind === 'current') return this.#unglanced(`chain ${chainId}`, condition);
      if (condition.kind !== 'failing' || !this.#isLasting(condition.sinceMs)) return [];
      const { code, detail } = condition;
      return [{ code, detail: `the vault on chain ${chainId} cannot be followed, the others are: ${detail}` }];
    });
  }

  /**
   * Names a folded block that is older than the chain's finality explains, and is not ready once it is twice that: prices and locks of it
   * are no longer those of the ledger.
   */
  #blockAge(): ReadinessView {
    const { overdueS, mostS } = this.age;
    if (overdueS === 0n) return readyIfNone([]);
    const detail = `the last folded block of the settlement chain is ${overdueS + mostS} s old, expected at most ${mostS} s: its finality or its providers stand still, or this aggregator still catches up`;
    return { ready: overdueS <= mostS, reasons: [{ code: 'BLOCK_OLD', detail }] };
  }

  /** Not ready while a margin differs from the ledger's own at the same block. */
  #margins(): ReadinessView {
    const { outcome } = this.selfCheck;
    if (outcome === undefined || outcome.differences === 0) return readyIfNone([]);
    const { block, differences, example } = outcome;
    const detail = `${differences} accounts differ from the ledger's marginOf at block ${block.height}, such as ${example}`;
    return readyIfNone([{ code: 'MARGIN_DIFFERS', detail }]);
  }

  /** Names every receiver that has not taken its messages for a while. */
  #receivers(): Reasons {
    return this.webhooks.failures
      .filter(({ sinceMs }) => this.#isLasting(sinceMs))
      .map(({ detail }) => ({ code: 'WEBHOOK_REFUSED', detail: `a receiver gets no messages: ${detail}` }));
  }

  /** Names a newest block that cannot be read for a while: final blocks are folded without it, so nothing is down. */
  #unglanced(chain: string, condition: FollowCondition): Reasons {
    const glance = condition.kind === 'current' ? condition.glance : undefined;
    if (glance === undefined || !this.#isLasting(glance.sinceMs)) return [];
    const { code, detail } = glance;
    return [
      { code, detail: `the newest block of ${chain} cannot be read, entries are shown once they are final: ${detail}` },
    ];
  }

  #isLasting(sinceMs: number): boolean {
    return this.clock.nowMs() - sinceMs > LOOK_AGE_MAX_MS;
  }
}
