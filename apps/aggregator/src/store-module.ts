import type { AggregatorConfig } from '@surety/config';
import { address, chainId } from '@surety/domain';
import { type Store, holdFolder, openStore } from '@surety/store';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TOKENS } from './tokens.js';

type FolderHold = ReturnType<typeof holdFolder>;

/** The database, and the folder of this process; both are given back at the very end. */
@Global()
@Module({
  providers: [
    {
      // The records of final blocks are this process's alone; a command that clears a halt refuses while it runs.
      provide: TOKENS.stateHold,
      useFactory: ({ stateDir }: AggregatorConfig) => holdFolder(stateDir),
      inject: [TOKENS.config],
    },
    {
      provide: TOKENS.store,
      useFactory: ({ databaseUrl, settlement }: AggregatorConfig) =>
        openStore(databaseUrl.reveal(), {
          chainId: chainId(settlement.chainId),
          ledger: address(settlement.ledger),
        }),
      inject: [TOKENS.config, TOKENS.stateHold],
    },
  ],
  exports: [TOKENS.stateHold, TOKENS.store],
})
export class StoreModule implements OnApplicationShutdown {
  constructor(
    @Inject(TOKENS.stateHold) private readonly hold: FolderHold,
    @Inject(TOKENS.store) private readonly store: Store,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
    this.hold.release();
  }
}
