import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { type Clock, Intake, LedgerFollower, type VaultFollower } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { IntakeModule } from '../intake/intake-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { TOKENS } from '../tokens.js';
import { EdgeViews } from './edge-views.js';
import { EdgesController } from './edges-controller.js';
import { EntriesController } from './entries-controller.js';
import { EntryViews } from './entry-views.js';
import type { Names } from './names.js';
import { ReleaseViews } from './release-views.js';

type Vaults = ReadonlyMap<Bytes32, VaultFollower>;

/** Shows edges, and where the entries on them stand, releases among them. */
@Module({
  imports: [IntakeModule, ProjectionsModule],
  controllers: [EdgesController, EntriesController],
  providers: [
    {
      provide: EdgeViews,
      useFactory: (intake: Intake, store: Store, clock: Clock, follower: LedgerFollower, vaults: Vaults) => {
        const replicaOf = (edge: Bytes32) =>
          vaults.get(edge)?.replica ?? follower.state.replicas.find((one) => one.edge === edge);
        const conditionOf = (edge: Bytes32) => replicaOf(edge)?.condition;
        return new EdgeViews({ intake, store, clock, conditionOf, lastAsOf: (source) => follower.asOfOf(source) });
      },
      inject: [Intake, TOKENS.store, TOKENS.clock, LedgerFollower, TOKENS.vaults],
    },
    {
      provide: ReleaseViews,
      useFactory: (
        intake: Intake,
        follower: LedgerFollower,
        vaults: Vaults,
        store: Store,
        clock: Clock,
        names: Names,
      ) => new ReleaseViews({ intake, follower, vaults, store, clock, names }),
      inject: [Intake, LedgerFollower, TOKENS.vaults, TOKENS.store, TOKENS.clock, TOKENS.names],
    },
    {
      provide: EntryViews,
      useFactory: (intake: Intake, follower: LedgerFollower, store: Store, releases: ReleaseViews) =>
        new EntryViews({ intake, follower, store, releases }),
      inject: [Intake, LedgerFollower, TOKENS.store, ReleaseViews],
    },
  ],
  exports: [EdgeViews, ReleaseViews, EntryViews],
})
export class EntriesModule {}
