import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { StatusModule } from '../status/status-module.js';
import { ProofViews } from './proof-views.js';
import { ProofsController } from './proofs-controller.js';
import { SolvencyProofViews } from './solvency-proof-views.js';

/** Proves that accounts are in the sums that solvency is about, and that the vaults hold what is owed. */
@Module({
  imports: [ProjectionsModule, StatusModule],
  controllers: [ProofsController],
  providers: [ProofViews, SolvencyProofViews],
})
export class ProofsModule {}
