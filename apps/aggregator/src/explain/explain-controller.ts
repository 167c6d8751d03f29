import { explainAnswer, explainParameter, formatWire } from '@surety/api';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { ENTRIES_EXPLAINED_MAX } from '../limits.js';
import { ExplainViews } from './explain-views.js';

/** Explanations: the first condition that fails, who acts next, and what to run. */
@ApiTags('explain')
@Refuses(400, 404, 429, 500, 503)
@Controller('/v1/explain')
export class ExplainController {
  constructor(@Inject(ExplainViews) private readonly views: ExplainViews) {}

  /** Explains anything that has a name here. */
  @Get('/:id')
  @ApiOperation({ summary: 'Explain why a thing stands where it does' })
  @Answers(
    explainAnswer,
    `One explanation; several for a transaction with several entries, of which the first ${ENTRIES_EXPLAINED_MAX} are explained and the last one names the others, or an attester of several edges`,
  )
  async readExplanation(@Param('id', { schema: explainParameter }) id: string): Promise<unknown> {
    return formatWire({ asked: id, explanations: await this.views.explain(id) });
  }
}
