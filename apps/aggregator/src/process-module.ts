import type { AggregatorConfig } from '@surety/config';
import type { Telemetry } from '@surety/telemetry';
import type { Clock } from '@surety/workflows';
import { type DynamicModule, Module } from '@nestjs/common';
import { namesOf } from './entries/names.js';
import { EventFeed } from './events/event-feed.js';
import { tellFeed } from './events/tell-feed.js';
import { TOKENS } from './tokens.js';

/** Values that the process gives to every module: configuration, clock, telemetry, and the feed that observed events reach. */
@Module({})
export class ProcessModule {
  static forRoot(parts: {
    readonly config: AggregatorConfig;
    readonly clock: Clock;
    readonly telemetry: Telemetry;
  }): DynamicModule {
    const { config, clock, telemetry } = parts;
    const providers = [
      { provide: TOKENS.config, useValue: config },
      { provide: TOKENS.clock, useValue: clock },
      { provide: TOKENS.profile, useValue: config.network.profile },
      { provide: TOKENS.webhookSettings, useValue: config.webhooks ?? null },
      { provide: TOKENS.names, useValue: namesOf(config.network) },
      { provide: TOKENS.metrics, useValue: () => telemetry.registry.metrics() },
      { provide: EventFeed, useFactory: () => new EventFeed(clock.nowMs()) },
      {
        provide: TOKENS.observer,
        useFactory: (feed: EventFeed) => tellFeed(telemetry.observer, feed),
        inject: [EventFeed],
      },
    ];
    return { module: ProcessModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
