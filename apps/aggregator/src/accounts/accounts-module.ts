import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { LedgerFollower, type VaultFollower } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { EntriesModule } from '../entries/entries-module.js';
import { EntryViews } from '../entries/entry-views.js';
import type { Names } from '../entries/names.js';
import { ReleaseViews } from '../entries/release-views.js';
import { type LedgerSource, ProjectionsModule } from '../projections/projections-module.js';
import { TOKENS } from '../tokens.js';
import { AccountMargins } from './account-margins.js';
import { AccountViews } from './account-views.js';
import { AccountsController } from './accounts-controller.js';
import { ParkedDates } from './parked-dates.js';
import { QuoteViews } from './quote-views.js';
import { ReleasesController } from './releases-controller.js';

/** Shows what accounts hold, what it is worth, and what releasing some of it would do. */
@Module({
  imports: [ProjectionsModule, EntriesModule],
  controllers: [ReleasesController, AccountsController],
  providers: [
    {
      provide: AccountMargins,
      useFactory: (follower: LedgerFollower, { reader }: LedgerSource, store: Store) =>
        new AccountMargins({ follower, reader, store }),
      inject: [LedgerFollower, TOKENS.ledgerSource, TOKENS.store],
    },
    {
      provide: ParkedDates,
      useFactory: (follower: LedgerFollower, { reader }: LedgerSource) => new ParkedDates({ reader, follower }),
      inject: [LedgerFollower, TOKENS.ledgerSource],
    },
    {
      provide: AccountViews,
      useFactory: (
        follower: LedgerFollower,
        store: Store,
        entries: EntryViews,
        releases: ReleaseViews,
        margins: AccountMargins,
        dates: ParkedDates,
        names: Names,
      ) => new AccountViews({ follower, store, entries, releases, margins, dates, names, keccak256 }),
      inject: [LedgerFollower, TOKENS.store, EntryViews, ReleaseViews, AccountMargins, ParkedDates, TOKENS.names],
    },
    {
      provide: QuoteViews,
      useFactory: (
        follower: LedgerFollower,
        { reader }: LedgerSource,
        margins: AccountMargins,
        vaults: ReadonlyMap<Bytes32, VaultFollower>,
        store: Store,
        names: Names,
      ) => new QuoteViews({ follower, reader, margins, vaults, store, names }),
      inject: [LedgerFollower, TOKENS.ledgerSource, AccountMargins, TOKENS.vaults, TOKENS.store, TOKENS.names],
    },
  ],
})
export class AccountsModule {}
