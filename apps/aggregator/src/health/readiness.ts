import type { ReadinessView } from '@surety/api';
import { Inject, Injectable } from '@nestjs/common';
import {
  AgeIndicator,
  type HealthIndicator,
  LedgerIndicator,
  MarginsIndicator,
  ReleasedIndicator,
  VaultsIndicator,
  WebhooksIndicator,
  WitnessesIndicator,
} from './health-indicators.js';

/** Decides from every health indicator whether answers can be believed now. */
@Injectable()
export class ReadinessService {
  readonly #indicators: readonly HealthIndicator[];

  constructor(
    @Inject(LedgerIndicator) ledger: LedgerIndicator,
    @Inject(AgeIndicator) age: AgeIndicator,
    @Inject(VaultsIndicator) vaults: VaultsIndicator,
    @Inject(ReleasedIndicator) released: ReleasedIndicator,
    @Inject(MarginsIndicator) margins: MarginsIndicator,
    @Inject(WitnessesIndicator) witnesses: WitnessesIndicator,
    @Inject(WebhooksIndicator) webhooks: WebhooksIndicator,
  ) {
    this.#indicators = [ledger, age, vaults, released, margins, witnesses, webhooks];
  }

  /** Asks every indicator, and gives all of their reasons. */
  check(): ReadinessView {
    const results = this.#indicators.map((indicator) => indicator.check());
    return {
      ready: results.every(({ status }) => status === 'up'),
      reasons: results.flatMap(({ reasons }) => reasons),
    };
  }
}
