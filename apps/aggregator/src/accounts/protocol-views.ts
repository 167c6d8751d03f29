import type { AccountProtocolsView } from '@surety/api';
import { type Bytes32, parseAccountId } from '@surety/domain';
import type { Store } from '@surety/store';
import { type Clock, LedgerFollower } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { TOKENS } from '../tokens.js';
import type { ReadProtocols } from './protocol-reader.js';

/** Age in milliseconds up to which an answer is given again: each account costs two reads and one for each protocol. */
const KEPT_MS = 2_000;

/** Shows what each protocol of an account requires, is owed and shows. Whoever asks often is given the last answer. */
@Injectable()
export class ProtocolViews {
  readonly #kept: KeptAnswers<Bytes32, AccountProtocolsView>;

  constructor(
    @Inject(TOKENS.readProtocols) private readonly readProtocols: ReadProtocols,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /**
   * Returns the protocols of an account. Of one that neither holds nor opted in to anything in a final block, nothing is read: whoever
   * asks for made-up accounts costs no provider anything.
   */
  async protocols(account: Bytes32): Promise<AccountProtocolsView> {
    parseAccountId(account);
    return (await this.#nothingOf(account)) ?? this.#kept.read(account, () => this.readProtocols(account));
  }

  async #nothingOf(account: Bytes32): Promise<AccountProtocolsView | undefined> {
    const { collateral } = this.store;
    const { snapshot } = this.follower;
    if (snapshot === undefined || (await collateral.loadProtocolsOf(account)).length > 0) return undefined;
    if ((await collateral.loadLinesOf(account)).length > 0) return undefined;
    const { height, timestamp } = snapshot.block;
    return { account, block: { height, timestamp }, netWad: 0n, linesWad: 0n, burdensWad: 0n, protocols: [] };
  }
}
