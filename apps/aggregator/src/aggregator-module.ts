import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AccountsModule } from './accounts/accounts-module.js';
import { AuctionsModule } from './auctions/auctions-module.js';
import { EntriesModule } from './entries/entries-module.js';
import { EventsModule } from './events/events-module.js';
import { ExplainModule } from './explain/explain-module.js';
import { HealthModule } from './health/health-module.js';
import { IndexController } from './http/index-controller.js';
import { ProblemFilter } from './http/problem-filter.js';
import { ReadGuard } from './http/read-guard.js';
import { RequestPipe } from './http/request-pipe.js';
import { IntakeModule } from './intake/intake-module.js';
import { MarketsModule } from './markets/markets-module.js';
import { ProofsModule } from './proofs/proofs-module.js';
import { RiskModule } from './risk/risk-module.js';
import { StatusModule } from './status/status-module.js';
import { TermsModule } from './terms/terms-module.js';
import { WitnessesModule } from './witnesses/witnesses-module.js';

/** The root of the modules. OpenAPI lists routes in the order of the modules. */
@Module({
  imports: [
    IntakeModule,
    EntriesModule,
    AccountsModule,
    ProofsModule,
    StatusModule,
    TermsModule,
    RiskModule,
    WitnessesModule,
    MarketsModule,
    AuctionsModule,
    ExplainModule,
    EventsModule,
    HealthModule,
  ],
  controllers: [IndexController],
  providers: [
    ReadGuard,
    { provide: APP_PIPE, useClass: RequestPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class AggregatorModule {
  /** `world` holds global modules that provide what comes from outside: the process, the database and the chains. */
  static forRoot(world: readonly (DynamicModule | Type)[]): DynamicModule {
    return { module: AggregatorModule, imports: [...world] };
  }
}
