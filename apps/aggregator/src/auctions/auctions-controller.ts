import { type View, accountParameter, auctionAnswer, auctionsAnswer, auctionsQuery, formatWire } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { AuctionViews } from './auction-views.js';

/** Auctions of accounts in liquidation. */
@ApiTags('auctions')
@Refuses(400, 429, 500, 503)
@Controller('/v1/auctions')
export class AuctionsController {
  constructor(@Inject(AuctionViews) private readonly views: AuctionViews) {}

  /** Returns the auctions of one page of indebted accounts. */
  @Get()
  @ApiOperation({ summary: 'List the running auctions' })
  @Answers(auctionsAnswer, 'Auctions of accounts below a health of 1.5, at most 2 seconds old')
  async readAuctions(@Query({ schema: auctionsQuery }) query: View<typeof auctionsQuery>): Promise<unknown> {
    return formatWire(await this.views.page(query));
  }

  /** Returns one account's auction. */
  @Get('/:account')
  @ApiOperation({ summary: 'Read the auction of an account' })
  @Answers(auctionAnswer, 'Its clock and what a bid would take, at most 2 seconds old')
  @Refuses(404)
  async readAuction(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<unknown> {
    return formatWire(await this.views.auction(account));
  }
}
