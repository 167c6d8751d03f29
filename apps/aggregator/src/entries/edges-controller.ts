import {
  STATEMENTS_PER_PAGE_MAX,
  type View,
  edgeParameter,
  edgesAnswer,
  entriesPage,
  entriesQuery,
  formatWire,
  statementsAnswer,
  statementsQuery,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EdgeViews } from './edge-views.js';
import { Answers, Refuses } from '../http/answers.js';

/** Edges: how far each is, its statements and its attested entries. */
@ApiTags('edges')
@Refuses(429, 500)
@Controller('/v1/edges')
export class EdgesController {
  constructor(@Inject(EdgeViews) private readonly views: EdgeViews) {}

  /** Lists all edges. */
  @Get()
  @ApiOperation({ summary: 'List the edges' })
  @Answers(edgesAnswer, 'Every edge, both directions')
  listEdges(): unknown {
    return formatWire({ edges: this.views.edges() });
  }

  /** Returns statements for counts above `after`, ascending. */
  @Get('/:edge/statements')
  @ApiOperation({ summary: 'Read statements with their signatures' })
  @Answers(statementsAnswer, 'Ascending by count, with the signatures held for each')
  @Refuses(400, 404)
  async readStatements(
    @Param('edge', { schema: edgeParameter }) edge: Bytes32,
    @Query({ schema: statementsQuery }) { after, limit, attested }: View<typeof statementsQuery>,
  ): Promise<unknown> {
    const statements = await this.views.statements({
      edge,
      after,
      limit: Math.min(limit, STATEMENTS_PER_PAGE_MAX),
      attested: attested === 'true',
    });
    return formatWire({ statements });
  }

  /** Returns attested entries `from` < n ≤ `to`. */
  @Get('/:edge/entries')
  @ApiOperation({ summary: 'Read attested entries' })
  @Answers(entriesPage, 'Exactly the entries asked for')
  @Refuses(400, 404)
  async readEntries(
    @Param('edge', { schema: edgeParameter }) edge: Bytes32,
    @Query({ schema: entriesQuery }) { from, to }: View<typeof entriesQuery>,
  ): Promise<unknown> {
    return formatWire(await this.views.entries({ edge, from, to }));
  }
}
