import type { MarketView } from '@surety/api';
import type { Clock } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';

/** Age in milliseconds up to which an answer is given again: each market costs five reads, and interest grows slowly. */
const KEPT_MS = 5_000;

/** Shows what the configured markets count. Whoever asks often is given the last answer. */
@Injectable()
export class MarketViews {
  readonly #kept: KeptAnswers<'markets', readonly MarketView[]>;

  constructor(
    @Inject(TOKENS.readMarkets) private readonly readMarkets: () => Promise<readonly MarketView[]>,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns every market, in the order of the configuration. */
  markets(): Promise<readonly MarketView[]> {
    return this.#kept.read('markets', this.readMarkets);
  }

  /** Returns one market by its name or address. @throws Problem 404 with the names that are known. */
  async market(wanted: string): Promise<MarketView> {
    const all = await this.markets();
    const found = all.find(({ market, address }) => market === wanted || address === wanted.toLowerCase());
    if (found !== undefined) return found;
    const known = all.map(({ market }) => market).join(', ') || 'none';
    const detail = `no market is called ${JSON.stringify(wanted)}; expected a name or an address of: ${known}`;
    throw new Problem({ status: 404, code: 'UNKNOWN_MARKET', detail });
  }
}
