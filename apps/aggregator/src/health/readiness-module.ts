import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { LedgerIndicator, MarginsIndicator, VaultsIndicator, WitnessesIndicator } from './health-indicators.js';
import { ReadinessService } from './readiness.js';

/** The health indicators, and what they say together. */
@Module({
  imports: [ProjectionsModule],
  providers: [LedgerIndicator, VaultsIndicator, MarginsIndicator, WitnessesIndicator, ReadinessService],
  exports: [ReadinessService],
})
export class ReadinessModule {}
