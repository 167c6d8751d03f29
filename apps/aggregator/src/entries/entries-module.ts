import { Module } from '@nestjs/common';
import { IntakeModule } from '../intake/intake-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { EdgeEtas } from './edge-etas.js';
import { EdgeViews } from './edge-views.js';
import { EdgesController } from './edges-controller.js';
import { EntriesController } from './entries-controller.js';
import { EntryViews } from './entry-views.js';
import { ReleaseViews } from './release-views.js';

/** Shows edges, and where the entries on them stand, releases among them. */
@Module({
  imports: [IntakeModule, ProjectionsModule],
  controllers: [EdgesController, EntriesController],
  providers: [EdgeEtas, EdgeViews, EntryViews, ReleaseViews],
  exports: [EdgeEtas, EdgeViews, EntryViews, ReleaseViews],
})
export class EntriesModule {}
