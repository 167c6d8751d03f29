import { Module } from '@nestjs/common';
import { EntriesModule } from '../entries/entries-module.js';
import { ReadinessModule } from '../health/readiness-module.js';
import { IntakeModule } from '../intake/intake-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { StatusController } from './status-controller.js';
import { StatusViews } from './status-views.js';

/** Shows the aggregator itself: its chains, its edges, its self-check and its state hash. */
@Module({
  imports: [IntakeModule, ProjectionsModule, EntriesModule, ReadinessModule],
  controllers: [StatusController],
  providers: [StatusViews],
  exports: [StatusViews],
})
export class StatusModule {}
