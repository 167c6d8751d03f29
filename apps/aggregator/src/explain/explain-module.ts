import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts-module.js';
import { AuctionsModule } from '../auctions/auctions-module.js';
import { EntriesModule } from '../entries/entries-module.js';
import { IntakeModule } from '../intake/intake-module.js';
import { MarketsModule } from '../markets/markets-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { StatusModule } from '../status/status-module.js';
import { TermsModule } from '../terms/terms-module.js';
import { ExplainController } from './explain-controller.js';
import { ExplainFacts } from './explain-facts.js';
import { ExplainViews } from './explain-views.js';

/** Explains why a thing stands where it does, from the facts that the other modules show. */
@Module({
  imports: [
    IntakeModule,
    ProjectionsModule,
    EntriesModule,
    AccountsModule,
    AuctionsModule,
    MarketsModule,
    StatusModule,
    TermsModule,
  ],
  controllers: [ExplainController],
  providers: [ExplainFacts, ExplainViews],
})
export class ExplainModule {}
