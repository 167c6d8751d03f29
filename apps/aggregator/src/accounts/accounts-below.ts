import {
  ACCOUNTS_PER_PAGE_MAX,
  type AccountBelowView,
  HEALTH_STEP_TEXTS,
  type HealthStepText,
  type View,
  type accountsQuery,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { type HealthFact, HealthWatch } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';

/** Lists accounts below a step of health, worth what the last prices say: a row alone says what one was worth when it crossed the step. */
@Injectable()
export class AccountsBelow {
  constructor(
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(HealthWatch) private readonly health: Pick<HealthWatch, 'valuedAssetsOf' | 'leastHealthy'>,
  ) {}

  /** Returns the page that a query asks for. @throws Problem 503 while the accounts are not loaded. */
  read({ order, skip, ...of }: View<typeof accountsQuery>): Promise<readonly AccountBelowView[]> {
    return order === 'health' ? this.leastHealthy({ ...of, skip }) : this.page(of);
  }

  /** Returns indebted accounts below a step, ascending after one, at most `limit` and never more than a page. */
  async page(of: {
    readonly below: HealthStepText;
    readonly after?: Bytes32 | undefined;
    readonly limit: number;
  }): Promise<readonly AccountBelowView[]> {
    const limit = Math.min(of.limit, ACCOUNTS_PER_PAGE_MAX);
    const rows = await this.store.health.loadBelow(rungOf(of.below), of.after, limit);
    return rows.map((row) => this.#viewOf(row));
  }

  /** Returns the same, the least healthy first, behind the first `skip` of them. @throws Problem 503 while the accounts are not loaded. */
  async leastHealthy(of: {
    readonly below: HealthStepText;
    readonly skip: number;
    readonly limit: number;
  }): Promise<readonly AccountBelowView[]> {
    const ranked = this.health.leastHealthy(rungOf(of.below));
    if (ranked === undefined) {
      const detail = 'the accounts are being loaded and have no order by health yet; ask again';
      throw new Problem({ status: 503, code: 'NOT_FOLDED', detail });
    }
    const accounts = ranked.slice(of.skip, of.skip + Math.min(of.limit, ACCOUNTS_PER_PAGE_MAX));
    const rows = new Map((await this.store.health.loadHealth(accounts)).map((row) => [row.account, row]));
    return accounts.flatMap((account) => rows.get(account) ?? []).map((row) => this.#viewOf(row));
  }

  #viewOf({ account, assets, requirement: qM, block }: HealthFact): AccountBelowView {
    const valued = this.health.valuedAssetsOf(account) ?? { assets, block };
    return { account, aM: valued.assets, qM, block: valued.block };
  }
}

function rungOf(below: HealthStepText): number {
  return HEALTH_STEP_TEXTS.indexOf(below) + 1;
}
