import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts-module.js';
import { ProjectionsModule } from '../projections/projections-module.js';
import { AuctionViews } from './auction-views.js';
import { AuctionsController } from './auctions-controller.js';

/** Shows which accounts are being liquidated, and what a bid would take. */
@Module({
  imports: [ProjectionsModule, AccountsModule],
  controllers: [AuctionsController],
  providers: [AuctionViews],
  exports: [AuctionViews],
})
export class AuctionsModule {}
