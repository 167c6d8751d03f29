import { Module } from '@nestjs/common';
import { EventsController } from './events-controller.js';

/** Streams changes as they happen. */
@Module({ controllers: [EventsController] })
export class EventsModule {}
