import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { WebhooksModule } from '../webhooks/webhooks-module.js';
import {
  AgeIndicator,
  LedgerIndicator,
  MarginsIndicator,
  ReleasedIndicator,
  VaultsIndicator,
  WebhooksIndicator,
  WitnessesIndicator,
} from './health-indicators.js';
import { ReadinessService } from './readiness.js';

/** The health indicators, and what they say together. */
@Module({
  imports: [ProjectionsModule, WebhooksModule],
  providers: [
    AgeIndicator,
    LedgerIndicator,
    VaultsIndicator,
    ReleasedIndicator,
    MarginsIndicator,
    WitnessesIndicator,
    WebhooksIndicator,
    ReadinessService,
  ],
  exports: [ReadinessService],
})
export class ReadinessModule {}
