import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { RiskController } from './risk-controller.js';
import { RiskViews } from './risk-views.js';

/** Judges the whole ledger, as a risk manager would. */
@Module({ imports: [ProjectionsModule], controllers: [RiskController], providers: [RiskViews] })
export class RiskModule {}
