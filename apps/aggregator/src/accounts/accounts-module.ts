import { Module } from '@nestjs/common';
import { EntriesModule } from '../entries/entries-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { AccountMargins } from './account-margins.js';
import { AccountViews } from './account-views.js';
import { AccountsBelow } from './accounts-below.js';
import { AccountsController } from './accounts-controller.js';
import { BlockTimes } from './block-times.js';
import { Histories } from './histories.js';
import { LockQuotes } from './lock-quotes.js';
import { ParkedDates } from './parked-dates.js';
import { ProtocolViews } from './protocol-views.js';
import { QuoteViews } from './quote-views.js';
import { ReleasesController } from './releases-controller.js';
import { SuggestedFees } from './suggested-fees.js';
import { WhatIfs } from './what-ifs.js';

/** Shows what accounts hold, what it is worth, and what releasing some of it would do. */
@Module({
  imports: [ProjectionsModule, EntriesModule],
  controllers: [ReleasesController, AccountsController],
  providers: [
    AccountMargins,
    AccountViews,
    AccountsBelow,
    BlockTimes,
    Histories,
    LockQuotes,
    ParkedDates,
    ProtocolViews,
    QuoteViews,
    SuggestedFees,
    WhatIfs,
  ],
  exports: [AccountsBelow, AccountViews, ParkedDates],
})
export class AccountsModule {}
