import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { StatusModule } from '../status/status-module.js';
import { ProofViews } from './proof-views.js';
import { ProofsController } from './proofs-controller.js';

/** Proves that accounts are in the sums that solvency is about. */
@Module({
  imports: [ProjectionsModule, StatusModule],
  controllers: [ProofsController],
  providers: [ProofViews],
})
export class ProofsModule {}
