import { formatWire, witnessesAnswer } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { WitnessViews } from './witness-views.js';
import { Answers, Refuses } from '../http/answers.js';

/** Witnesses of edges: what they told, what they are worth, and whether they are set as configured. */
@ApiTags('status')
@Refuses(429, 500, 503)
@Controller('/v1')
export class WitnessesController {
  constructor(@Inject(WitnessViews) private readonly views: WitnessViews) {}

  /** Returns the witnesses of every edge, in both directions. */
  @Get('/witnesses')
  @ApiOperation({ summary: 'List the witnesses of every edge' })
  @Answers(witnessesAnswer, 'Every edge with its witnesses')
  async listWitnesses(): Promise<unknown> {
    return formatWire(await this.views.witnesses());
  }
}
