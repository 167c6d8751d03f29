import type { AccountProtocolsView } from '@surety/api';
import { type Bytes32, parseAccountId } from '@surety/domain';
import type { Clock } from '@surety/workflows';
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
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the protocols of an account; one that opted in to none has an empty list. */
  protocols(account: Bytes32): Promise<AccountProtocolsView> {
    parseAccountId(account);
    return this.#kept.read(account, () => this.readProtocols(account));
  }
}
