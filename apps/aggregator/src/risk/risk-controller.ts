import { formatWire, ladderView, riskView } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { RiskViews } from './risk-views.js';

/** Risk of the whole ledger. */
@ApiTags('risk')
@Refuses(429, 500)
@Controller('/v1')
export class RiskController {
  constructor(@Inject(RiskViews) private readonly risks: RiskViews) {}

  /** Returns what would become of all accounts if prices fell, and who holds most of each asset. */
  @Get('/risk')
  @ApiOperation({ summary: 'Judge the whole ledger under falling prices' })
  @Answers(riskView, 'Every account with debt under each fall, and the largest holdings')
  @Refuses(503)
  async readRisk(): Promise<unknown> {
    return formatWire(await this.risks.risk());
  }

  /** Returns how many accounts are below each step of the health ladder. */
  @Get('/risk/ladder')
  @ApiOperation({ summary: 'Count accounts by the step of health that they are below' })
  @Answers(ladderView, 'Every account with debt, at the last prices')
  @Refuses(503)
  readLadder(): unknown {
    return formatWire(this.risks.ladder());
  }
}
