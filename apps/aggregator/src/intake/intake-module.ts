import { keccak256 } from '@surety/contracts';
import type { Store } from '@surety/store';
import { type Clock, Intake, type Observer } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { PostBudgets } from './post-budgets.js';
import { PosterProcesses } from './poster-processes.js';
import { PostsController } from './posts-controller.js';
import { createRecoverSigner } from './recover-signer.js';

/** Takes in and checks what attesters sign. */
@Module({
  controllers: [PostsController],
  providers: [
    PostBudgets,
    PosterProcesses,
    {
      provide: Intake,
      useFactory: (store: Store, clock: Clock, observer: Observer) =>
        new Intake({ store: store.intake, clock, observer, keccak256, recoverSigner: createRecoverSigner() }),
      inject: [TOKENS.store, TOKENS.clock, TOKENS.observer],
    },
  ],
  exports: [Intake, PosterProcesses],
})
export class IntakeModule {}
