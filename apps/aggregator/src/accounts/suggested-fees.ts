import type { FeeBasisView } from '@surety/api';
import { type Bytes32, unpackEntry } from '@surety/domain';
import type { Store } from '@surety/store';
import type { Clock } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { KeptAnswers } from '../kept-answers.js';
import { TOKENS } from '../tokens.js';

/** A fee in token units for which releases are paid, and what is known of that. */
export interface SuggestedFee {
  /** 0 while no release of the asset was paid. */
  readonly feeSuggested: bigint;
  readonly feeBasis: FeeBasisView;
}

/** Newest paid releases that a fee is drawn from. */
const PAID_LOOKED_AT = 16;
/** Age in milliseconds up to which a fee is suggested again. */
const KEPT_MS = 30_000;

/** Suggests fees of releases by those that were paid: a relayer's own terms are known to nobody else. */
@Injectable()
export class SuggestedFees {
  readonly #kept: KeptAnswers<string, SuggestedFee>;

  constructor(
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#kept = new KeptAnswers(clock, KEPT_MS);
  }

  /** Returns the median fee of the newest paid releases of an asset from a vault, by the edge that leads to it. */
  of(edge: Bytes32 | undefined, vaultAsset: number): Promise<SuggestedFee> {
    if (edge === undefined) return Promise.resolve(feeOf([]));
    return this.#kept.read(`${edge}:${vaultAsset}`, () => this.#read(edge, vaultAsset));
  }

  async #read(edge: Bytes32, vaultAsset: number): Promise<SuggestedFee> {
    const paid = await this.store.payments.loadNewestPaid(edge, vaultAsset, PAID_LOOKED_AT);
    const seqs = paid.map(({ seq }) => seq);
    const entries = await this.store.intake.loadEntriesAt(edge, seqs);
    return feeOf(entries.map(({ packed }) => unpackEntry(packed).fee));
  }
}

/** The upper median: of two fees that were paid, the one that both relayers took. */
function feeOf(fees: readonly bigint[]): SuggestedFee {
  const median = [...fees].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))[fees.length >> 1];
  if (median === undefined) return { feeSuggested: 0n, feeBasis: { kind: 'none', samples: 0 } };
  return { feeSuggested: median, feeBasis: { kind: 'paid-releases', samples: fees.length } };
}
