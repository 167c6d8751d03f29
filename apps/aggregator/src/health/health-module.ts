import { Module } from '@nestjs/common';
import { ProjectionsModule } from '../projections/projections-module.js';
import { WebhooksModule } from '../webhooks/webhooks-module.js';
import { HealthController } from './health-controller.js';
import { ReadinessService } from './readiness.js';

/** Serves liveness, readiness and metrics. */
@Module({
  imports: [ProjectionsModule, WebhooksModule],
  controllers: [HealthController],
  providers: [ReadinessService],
  exports: [ReadinessService],
})
export class HealthModule {}
