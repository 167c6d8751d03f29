import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  type Clock,
  HealthWatch,
  Intake,
  type JournalEntrySource,
  JournalRefill,
  LedgerFollower,
  type LedgerFollowerPorts,
  type LocalJournalPorts,
  type Observer,
  SelfCheck,
  type SettlementReader,
  VaultFollower,
  type VaultFollowerPorts,
} from '@surety/workflows';
import { Module } from '@nestjs/common';
import { EventFeed } from '../events/event-feed.js';
import { tellHealth } from '../events/tell-feed.js';
import { IntakeModule } from '../intake/intake-module.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { WebhooksModule } from '../webhooks/webhooks-module.js';
import { type ListedChains, knownProtocolsOf } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';
import { FollowStates } from './follow-states.js';
import { LedgerAge } from './ledger-age.js';

/** The source from which the ledger is followed. */
export type LedgerSource = Pick<LedgerFollowerPorts, 'reader' | 'entries' | 'fromBlock' | 'edgesOf'> & {
  /** Reads the ledger's own journals again, for vaults that were configured after releases toward them were folded. */
  readonly released: JournalEntrySource;
};

/** The source from which one vault is followed. */
export type VaultSource = Pick<VaultFollowerPorts, 'reader' | 'entries' | 'fromBlock'>;

/** The source of the journal of the vault beside the ledger. */
export type LocalSource = Pick<LocalJournalPorts, 'known' | 'entries'>;

const FOLLOWER_PORTS = [TOKENS.store, Intake, TOKENS.clock, TOKENS.observer];

/** Folds the facts of the ledger and of the vaults; nothing is opened or followed before {@link FollowingModule} does. */
@Module({
  imports: [IntakeModule, WebhooksModule],
  providers: [
    {
      provide: TOKENS.settlementReader,
      useFactory: ({ reader }: LedgerSource) => reader,
      inject: [TOKENS.ledgerSource],
    },
    {
      provide: LedgerFollower,
      useFactory: (source: LedgerSource, store: Store, intake: Intake, clock: Clock, observer: Observer) =>
        new LedgerFollower({
          ...source,
          intake,
          clock,
          observer,
          keccak256,
          store: store.collateral,
          intakeStore: store.intake,
        }),
      inject: [TOKENS.ledgerSource, ...FOLLOWER_PORTS],
    },
    {
      provide: JournalRefill,
      useFactory: (
        { released: entries }: LedgerSource,
        { intake: intakeStore }: Store,
        follower: LedgerFollower,
        intake: Intake,
        observer: Observer,
      ) => new JournalRefill({ follower, entries, intake, intakeStore, observer, keccak256 }),
      inject: [TOKENS.ledgerSource, TOKENS.store, LedgerFollower, Intake, TOKENS.observer],
    },
    {
      provide: TOKENS.vaults,
      useFactory: (
        sources: readonly VaultSource[],
        store: Store,
        intake: Intake,
        clock: Clock,
        observer: Observer,
      ): ReadonlyMap<Bytes32, VaultFollower> => {
        const shared = { intake, clock, observer, keccak256, store: store.payments, intakeStore: store.intake };
        return new Map(
          sources.map((source) => [source.reader.known.edgeId, new VaultFollower({ ...shared, ...source })]),
        );
      },
      inject: [TOKENS.vaultSources, ...FOLLOWER_PORTS],
    },
    {
      provide: SelfCheck,
      useFactory: (reader: SettlementReader, { collateral: store }: Store, observer: Observer) =>
        new SelfCheck({ reader, store, observer }),
      inject: [TOKENS.settlementReader, TOKENS.store, TOKENS.observer],
    },
    {
      provide: HealthWatch,
      useFactory: (
        reader: SettlementReader,
        { health: store }: Store,
        observer: Observer,
        feed: EventFeed,
        webhooks: Webhooks,
        listed: ListedChains,
      ) =>
        new HealthWatch({
          reader,
          store,
          observer,
          known: knownProtocolsOf(listed),
          tell: tellHealth(feed, webhooks),
        }),
      inject: [TOKENS.settlementReader, TOKENS.store, TOKENS.observer, EventFeed, Webhooks, TOKENS.listedChains],
    },
    LedgerAge,
    {
      provide: FollowStates,
      useFactory: (reader: SettlementReader, sources: readonly VaultSource[], feed: EventFeed) =>
        new FollowStates(feed, {
          settlementChainId: reader.chainId,
          vaultChainIds: sources.map((source) => source.reader.chainId),
        }),
      inject: [TOKENS.settlementReader, TOKENS.vaultSources, EventFeed],
    },
  ],
  exports: [
    TOKENS.settlementReader,
    LedgerFollower,
    JournalRefill,
    TOKENS.vaults,
    SelfCheck,
    HealthWatch,
    FollowStates,
    LedgerAge,
  ],
})
export class ProjectionsModule {}
