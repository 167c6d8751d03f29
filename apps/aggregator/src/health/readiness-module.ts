import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { LedgerIndicator, MarginsIndicator, VaultsIndicator, WitnessesIndicator } from './health-indicators.js';
import { Readiness } from './readiness.js';

/** The health indicators, and what they say together. */
@Module({
  imports: [ProjectionsModule],
  providers: [LedgerIndicator, VaultsIndicator, MarginsIndicator, WitnessesIndicator, Readiness],
  exports: [Readiness],
})
export class ReadinessModule {}
