import type { Bytes32 } from '@surety/domain';
import {
  type Clock,
  type FollowCondition,
  HealthWatch,
  Intake,
  JournalRefill,
  type KnownEdge,
  LedgerFollower,
  LocalJournal,
  type Observer,
  SelfCheck,
  type VaultFollower,
  crashPoint,
  keepFolded,
  keepJournalsFilled,
  keepLocalJournal,
  keepVaultFolded,
} from '@surety/workflows';
import { keccak256 } from '@surety/contracts';
import type { Store } from '@surety/store';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BackgroundLoops } from '../background-loops.js';
import { EntriesModule } from '../entries/entries-module.js';
import type { ListedChains } from '../status/chain-views.js';
import { tellPrices } from '../terms/tell-prices.js';
import { EventFeed } from '../events/event-feed.js';
import { tellChanged } from '../events/tell-feed.js';
import { IntakeModule } from '../intake/intake-module.js';
import { TOKENS } from '../tokens.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { WebhooksModule } from '../webhooks/webhooks-module.js';
import { FollowStates } from './follow-states.js';
import { LedgerAge } from './ledger-age.js';
import { type LocalSource, ProjectionsModule } from './projections-module.js';

const LOCAL_JOURNALS = Symbol('localJournals');

type Vaults = ReadonlyMap<Bytes32, VaultFollower>;

/** Opens intake and projections before requests are served, and keeps the projections at the chains' final blocks. */
@Module({
  imports: [IntakeModule, ProjectionsModule, EntriesModule, WebhooksModule],
  providers: [
    {
      provide: LOCAL_JOURNALS,
      useFactory: (
        sources: readonly LocalSource[],
        intake: Intake,
        { intake: intakeStore }: Store,
        clock: Clock,
        observer: Observer,
      ) => sources.map((source) => new LocalJournal({ ...source, intake, intakeStore, keccak256, clock, observer })),
      inject: [TOKENS.localSources, Intake, TOKENS.store, TOKENS.clock, TOKENS.observer],
    },
    {
      provide: TOKENS.followLoops,
      useFactory: followLoops,
      inject: [
        LedgerFollower,
        JournalRefill,
        TOKENS.vaults,
        LOCAL_JOURNALS,
        SelfCheck,
        HealthWatch,
        FollowStates,
        LedgerAge,
        EventFeed,
        Webhooks,
        TOKENS.listedChains,
        TOKENS.clock,
        TOKENS.observer,
      ],
    },
  ],
})
export class FollowingModule implements OnModuleInit {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(TOKENS.knownEdges) private readonly edges: readonly KnownEdge[],
    @Inject(LedgerFollower) private readonly ledger: LedgerFollower,
    @Inject(TOKENS.vaults) private readonly vaults: Vaults,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.intake.open(this.edges);
    crashPoint('aggregator.start.edges-opened');
    await this.webhooks.open();
    await this.ledger.open();
    for (const vault of this.vaults.values()) await vault.open();
    crashPoint('aggregator.start.follower-opened');
  }
}

function followLoops(
  follower: LedgerFollower,
  refill: JournalRefill,
  vaults: Vaults,
  locals: readonly LocalJournal[],
  selfCheck: SelfCheck,
  health: HealthWatch,
  states: FollowStates,
  age: LedgerAge,
  feed: EventFeed,
  webhooks: Webhooks,
  listed: ListedChains,
  clock: Clock,
  observer: Observer,
): BackgroundLoops {
  const onCondition = (next: FollowCondition): void => states.ledger.set(next);
  const ledger = { follower, selfCheck, health, clock, observer, onCondition, onChanged: tellChanged(feed) };
  const onRefill = (next: FollowCondition): void => void (states.released = next);
  return new BackgroundLoops((signal) => [
    tellPrices({ follower, age, states, listed, clock, observer }, signal),
    ...webhooks.start(signal),
    keepFolded(ledger, signal),
    keepJournalsFilled({ refill, clock, observer, onCondition: onRefill }, signal),
    ...[...vaults.values()].map((vault, at) => {
      const told = (next: FollowCondition): void => states.vaults[at]?.set(next);
      return keepVaultFolded({ follower: vault, clock, observer, onCondition: told }, signal);
    }),
    // Its chain is that of the ledger, whose condition is told already.
    ...locals.map((journal) => keepLocalJournal({ journal, clock, observer, onCondition: () => undefined }, signal)),
  ]);
}
