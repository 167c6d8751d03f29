import { Module } from '@nestjs/common';
import { HealthController } from './health-controller.js';
import { ReadinessModule } from './readiness-module.js';

/** Serves liveness, readiness and metrics. */
@Module({ imports: [ReadinessModule], controllers: [HealthController] })
export class HealthModule {}
