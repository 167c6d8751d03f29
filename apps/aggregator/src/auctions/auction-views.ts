import { AUCTIONS_PER_PAGE_MAX, type AuctionView, type AuctionsPage } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsBelow } from '../accounts/accounts-below.js';
import { KeptAnswers } from '../kept-answers.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';
import type { ReadAuctions } from './auction-reader.js';

/** Age in milliseconds up to which an answer is given again: a discount moves by 250 ppm a second at first, then by 60. */
const KEPT_MS = 2_000;

/** Shows the running auctions of accounts that were last judged near or below their maintenance margin. */
@Injectable()
export class AuctionViews {
  readonly #pages: KeptAnswers<string, AuctionsPage>;
  readonly #accounts: KeptAnswers<Bytes32, readonly AuctionView[]>;

  constructor(
    @Inject(TOKENS.readAuctions) private readonly readAuctions: ReadAuctions | null,
    @Inject(AccountsBelow) private readonly below: AccountsBelow,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#pages = new KeptAnswers(clock, KEPT_MS);
    this.#accounts = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the auctions among the next `limit` accounts past one. */
  page(of: { readonly after?: Bytes32 | undefined; readonly limit: number }): Promise<AuctionsPage> {
    const { readAuctions } = this;
    if (readAuctions === null) return Promise.resolve({ auctions: [], next: null });
    const limit = Math.min(of.limit, AUCTIONS_PER_PAGE_MAX);
    return this.#pages.read(`${of.after ?? ''} ${limit}`, async () => {
      const accounts = (await this.below.page({ after: of.after, below: '1.5', limit })).map(({ account }) => account);
      const last = accounts.length < limit ? undefined : accounts.at(-1);
      return { auctions: await readAuctions(accounts), next: last ?? null };
    });
  }

  /** Returns one account's auction, whatever its health. @throws Problem 404 if none runs. */
  async auction(account: Bytes32): Promise<AuctionView> {
    const { readAuctions } = this;
    if (readAuctions === null)
      throw absent('the configuration names no settlement.auction; this deployment sells no lines');
    const [found] = await this.#accounts.read(account, () => readAuctions([account]));
    if (found === undefined)
      throw absent(`no auction of account ${account} runs; GET /v1/auctions lists those that do`);
    return found;
  }
}

function absent(detail: string): Problem {
  return new Problem({ status: 404, code: 'NO_AUCTION', detail });
}
