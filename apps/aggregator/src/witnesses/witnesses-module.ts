import { type Clock, DriftBoard, type Observer, type SourceComparer, watchDrift } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { BackgroundLoops } from '../background-loops.js';
import { TOKENS } from '../tokens.js';
import { WitnessViews } from './witness-views.js';
import { WitnessesController } from './witnesses-controller.js';

/** The comparison of each source's witnesses with the configuration, and the milliseconds between two. */
export interface DriftSource {
  readonly comparers: readonly SourceComparer[];
  readonly intervalMs: number;
}

/** Shows what witnesses report of each edge, and keeps comparing their settings with the configuration. */
@Module({
  controllers: [WitnessesController],
  providers: [
    WitnessViews,
    {
      provide: TOKENS.driftLoops,
      useFactory: ({ comparers, intervalMs }: DriftSource, board: DriftBoard, clock: Clock, observer: Observer) =>
        new BackgroundLoops((signal) =>
          comparers.map((comparer) => watchDrift({ comparer, board, intervalMs, clock, observer }, signal)),
        ),
      inject: [TOKENS.driftSource, DriftBoard, TOKENS.clock, TOKENS.observer],
    },
  ],
})
export class WitnessesModule {}
