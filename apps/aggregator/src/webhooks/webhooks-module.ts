import type { WebhookSettings } from '@surety/config';
import type { Store } from '@surety/store';
import type { Clock, Observer } from '@surety/workflows';
import { Module } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { Webhooks } from './webhooks.js';

/** Messages to receivers elsewhere; nothing is sent before `FollowingModule` starts it. */
@Module({
  providers: [
    {
      provide: Webhooks,
      useFactory: (settings: WebhookSettings | null, { webhooks: outbox }: Store, clock: Clock, observer: Observer) =>
        new Webhooks({ settings, outbox, clock, observer }),
      inject: [TOKENS.webhookSettings, TOKENS.store, TOKENS.clock, TOKENS.observer],
    },
  ],
  exports: [Webhooks],
})
export class WebhooksModule {}
