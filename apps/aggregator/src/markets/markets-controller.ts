import { formatWire, marketAnswer, marketParameter, marketsAnswer } from '@surety/api';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { MarketViews } from './market-views.js';

/** Markets that lend against the unified margin. */
@ApiTags('markets')
@Refuses(429, 500, 503)
@Controller('/v1/markets')
export class MarketsController {
  constructor(@Inject(MarketViews) private readonly views: MarketViews) {}

  /** Returns every market of the configuration. */
  @Get()
  @ApiOperation({ summary: 'List the markets' })
  @Answers(marketsAnswer, 'Every configured market, at most 5 seconds old')
  async readMarkets(): Promise<unknown> {
    return formatWire({ markets: await this.views.markets() });
  }

  /** Returns one market. */
  @Get('/:market')
  @ApiOperation({ summary: 'Read a market' })
  @Answers(marketAnswer, 'What it counts, at most 5 seconds old')
  @Refuses(400, 404)
  async readMarket(@Param('market', { schema: marketParameter }) market: string): Promise<unknown> {
    return formatWire(await this.views.market(market));
  }
}
