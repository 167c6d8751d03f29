import { Module } from '@nestjs/common';
import { MarketViews } from './market-views.js';
import { MarketsController } from './markets-controller.js';

/** Shows what each configured market lends, pays and may lose. */
@Module({ controllers: [MarketsController], providers: [MarketViews], exports: [MarketViews] })
export class MarketsModule {}
