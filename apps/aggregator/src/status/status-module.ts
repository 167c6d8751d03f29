import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import { Intake, LedgerFollower, SelfCheck, type VaultFollower } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { EdgeViews } from '../entries/edge-views.js';
import { EntriesModule } from '../entries/entries-module.js';
import { Readiness } from '../health/readiness.js';
import { ReadinessModule } from '../health/readiness-module.js';
import { IntakeModule } from '../intake/intake-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { TOKENS } from '../tokens.js';
import { type ListedChains, chainViews } from './chain-views.js';
import { StatusController } from './status-controller.js';
import { StatusViews } from './status-views.js';

/** Shows the aggregator itself: its chains, its edges, its self-check and its state hash. */
@Module({
  imports: [IntakeModule, ProjectionsModule, EntriesModule, ReadinessModule],
  controllers: [StatusController],
  providers: [
    {
      provide: StatusViews,
      useFactory: (
        profile: string,
        listed: ListedChains,
        follower: LedgerFollower,
        vaults: ReadonlyMap<Bytes32, VaultFollower>,
        selfCheck: SelfCheck,
        intake: Intake,
        store: Store,
        edges: EdgeViews,
        readiness: Readiness,
      ) => {
        const byChain = new Map([...vaults.values()].map((vault) => [vault.reader.chainId, vault]));
        const chains = () => chainViews({ ...listed, follower, vaults: byChain });
        return new StatusViews({ profile, follower, vaults, selfCheck, intake, store, edges, readiness, chains });
      },
      inject: [
        TOKENS.profile,
        TOKENS.listedChains,
        LedgerFollower,
        TOKENS.vaults,
        SelfCheck,
        Intake,
        TOKENS.store,
        EdgeViews,
        Readiness,
      ],
    },
  ],
})
export class StatusModule {}
