import { AUCTIONS_PER_PAGE_MAX, type AuctionView, type AuctionsPage } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { type Clock, LedgerFollower } from '@surety/workflows';
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
  /** By account, whatever list it was asked in: a page begins where its reader likes, and the same accounts stand in many pages. */
  readonly #accounts: KeptAnswers<Bytes32, AuctionView | undefined>;

  constructor(
    @Inject(TOKENS.readAuctions) private readonly readAuctions: ReadAuctions | null,
    @Inject(AccountsBelow) private readonly below: AccountsBelow,
    @Inject(LedgerFollower) private readonly follower: Pick<LedgerFollower, 'snapshot'>,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#accounts = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the auctions among the next `limit` accounts past one. */
  async page(of: { readonly after?: Bytes32 | undefined; readonly limit: number }): Promise<AuctionsPage> {
    const { readAuctions } = this;
    if (readAuctions === null) return { auctions: [], next: null };
    const limit = Math.min(of.limit, AUCTIONS_PER_PAGE_MAX);
    const accounts = (await this.below.page({ after: of.after, below: '1.5', limit })).map(({ account }) => account);
    const found = await this.#read(accounts, readAuctions);
    return { auctions: found, next: accounts.length < limit ? null : (accounts.at(-1) ?? null) };
  }

  /**
   * Returns one account's auction, whatever its health. Whoever asks for made-up accounts costs no provider anything.
   * @throws Problem 404 if none runs.
   */
  async auction(account: Bytes32): Promise<AuctionView> {
    const { readAuctions } = this;
    if (readAuctions === null)
      throw absent('the configuration names no settlement.auction; this deployment sells no lines');
    const [found] = (await this.#mayBeBurdened(account)) ? await this.#read([account], readAuctions) : [];
    if (found === undefined)
      throw absent(`no auction of account ${account} runs; GET /v1/auctions lists those that do`);
    return found;
  }

  /** Reads the accounts that are not kept together, so that they are of one block. */
  async #read(accounts: readonly Bytes32[], readAuctions: ReadAuctions): Promise<AuctionView[]> {
    const asked: Bytes32[] = [];
    // The list is whole once each account was looked up.
    const answer = Promise.resolve().then(() => (asked.length === 0 ? [] : readAuctions(asked)));
    const found = accounts.map((account) =>
      this.#accounts.read(account, async () => {
        asked.push(account);
        return (await answer).find((one) => one.account === account);
      }),
    );
    return (await Promise.all(found)).flatMap((one) => one ?? []);
  }

  /** False only of an account that neither holds nor opted in to anything in the last folded block: no protocol can have burdened it. */
  async #mayBeBurdened(account: Bytes32): Promise<boolean> {
    if (this.follower.snapshot === undefined) return true;
    const { collateral } = this.store;
    if ((await collateral.loadProtocolsOf(account)).length > 0) return true;
    return (await collateral.loadLinesOf(account)).length > 0;
  }
}

function absent(detail: string): Problem {
  return new Problem({ status: 404, code: 'NO_AUCTION', detail });
}
