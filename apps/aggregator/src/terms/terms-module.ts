import { Module } from '@nestjs/common';
import { IntakeModule } from '../intake/intake-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { AssetViews } from './asset-views.js';
import { AttesterViews } from './attester-views.js';
import { ParameterViews } from './parameter-views.js';
import { PriceViews } from './price-views.js';
import { TermsController } from './terms-controller.js';

/** Shows what margins rest on: assets with their limits, parameters, prices, and who attests. */
@Module({
  imports: [ProjectionsModule, IntakeModule],
  controllers: [TermsController],
  providers: [AssetViews, AttesterViews, ParameterViews, PriceViews],
  exports: [PriceViews],
})
export class TermsModule {}
