import { type Bytes32, unpackEntry } from '@surety/domain';
import type { Store } from '@surety/store';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { EventFeed } from './event-feed.js';
import { EventsController } from './events-controller.js';

/** Streams changes as they happen. */
@Module({ controllers: [EventsController] })
export class EventsModule implements OnModuleInit {
  constructor(
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(TOKENS.store) private readonly store: Store,
  ) {}

  onModuleInit(): void {
    this.feed.entries.open((edge, indexes) => this.#accountsOf(edge, indexes));
  }

  /** An entry that is not attested yet is held as the candidate of whoever posted it. */
  async #accountsOf(edge: Bytes32, indexes: readonly bigint[]): Promise<ReadonlyMap<bigint, Bytes32>> {
    const { intake, views } = this.store;
    const held = await intake.loadEntriesAt(edge, indexes);
    const accounts = new Map(held.map(({ index, account }) => [index, account]));
    for (const index of indexes) {
      const candidate = accounts.has(index) ? undefined : await views.loadCandidate(edge, index);
      if (candidate !== undefined) accounts.set(index, unpackEntry(candidate.packed).account);
    }
    return accounts;
  }
}
