import { ACCOUNTS_PER_PAGE_MAX, type AccountBelowView, HEALTH_STEP_TEXTS, type HealthStepText } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { HealthWatch } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';

/** Lists accounts below a step of health. */
@Injectable()
export class AccountsBelow {
  constructor(
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(HealthWatch) private readonly health: Pick<HealthWatch, 'valuedAssetsOf'>,
  ) {}

  /**
   * Returns indebted accounts below a step, ascending after one, at most `limit` and never more than a page. They are worth what the last
   * prices say: a row alone says what one was worth when it crossed the step.
   */
  async page(of: {
    readonly below: HealthStepText;
    readonly after?: Bytes32 | undefined;
    readonly limit: number;
  }): Promise<readonly AccountBelowView[]> {
    const rung = HEALTH_STEP_TEXTS.indexOf(of.below) + 1;
    const rows = await this.store.health.loadBelow(rung, of.after, Math.min(of.limit, ACCOUNTS_PER_PAGE_MAX));
    return rows.map(({ account, assets, requirement: qM, block }) => {
      const valued = this.health.valuedAssetsOf(account) ?? { assets, block };
      return { account, aM: valued.assets, qM, block: valued.block };
    });
  }
}
