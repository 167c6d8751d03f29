import type { SolvencyProofView } from '@surety/api';
import { AppError } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';
import type { ProveSolvency } from './solvency-prover.js';

/** Age in milliseconds up to which a proof is given again: each costs a few requests for every asset. */
const KEPT_MS = 60_000;

/** Gives a proof by storage of what is owed of each asset and what the vaults hold. */
@Injectable()
export class SolvencyProofViews {
  readonly #kept: KeptAnswers<'proof', SolvencyProofView>;

  constructor(
    @Inject(TOKENS.proveSolvency) private readonly prove: ProveSolvency,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the newest proof, at most a minute old. @throws Problem 503 if the chains cannot be read, or no provider keeps the state. */
  async solvencyProof(): Promise<SolvencyProofView> {
    try {
      return await this.#kept.read('proof', this.prove);
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      throw new Problem({ status: 503, code: cause.code, detail: `${cause.message}; ask again`, cause });
    }
  }
}
