import { formatWire } from '@surety/api';
import { domainError, parseUint, parseWord } from '@surety/domain';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EdgeViews } from '../views/edge-views.js';
import { API } from './api-schemas.js';
import { ENTRIES_PER_READ_MAX, STATEMENTS_PER_PAGE_MAX } from './limits.js';
import { TOKENS } from './tokens.js';

/** Edges: how far each is, its statements and its attested entries. */
@ApiTags('edges')
@ApiResponse(API.problem)
@Controller('/v1/edges')
export class EdgesController {
  readonly #views: EdgeViews;

  constructor(@Inject(TOKENS.edges) views: EdgeViews) {
    this.#views = views;
  }

  /** Lists all edges. */
  @Get()
  @ApiOperation({ summary: 'List the edges' })
  @ApiOkResponse({ schema: API.edges })
  listEdges(): unknown {
    return formatWire({ edges: this.#views.edges() });
  }

  /** Gives statements for counts above `after`, ascending. */
  @Get('/:edge/statements')
  @ApiOperation({ summary: 'Read statements with their signatures' })
  @ApiParam(API.edgeParam)
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'attested', required: false })
  @ApiOkResponse({ schema: API.statements })
  async readStatements(
    @Param('edge') edge: string,
    @Query('after') after: string | undefined,
    @Query('limit') limit: string | undefined,
    @Query('attested') attested: string | undefined,
  ): Promise<unknown> {
    const wanted = Number(parseUint(limit ?? String(STATEMENTS_PER_PAGE_MAX), 16, 'limit'));
    if (wanted < 1) throw domainError('OUT_OF_RANGE', `limit is ${wanted}; expected 1 to ${STATEMENTS_PER_PAGE_MAX}`);
    const statements = await this.#views.statements({
      edge: parseWord(edge, 'edge'),
      after: parseUint(after ?? '0', 64, 'after'),
      limit: Math.min(wanted, STATEMENTS_PER_PAGE_MAX),
      attested: attested === 'true',
    });
    return formatWire({ statements });
  }

  /** Gives attested entries `from` < n ≤ `to`. */
  @Get('/:edge/entries')
  @ApiOperation({ summary: 'Read attested entries' })
  @ApiParam(API.edgeParam)
  @ApiQuery({ name: 'from' })
  @ApiQuery({ name: 'to' })
  @ApiOkResponse({ schema: API.entriesPage })
  async readEntries(
    @Param('edge') edge: string,
    @Query('from') from: string | undefined,
    @Query('to') to: string | undefined,
  ): Promise<unknown> {
    const range = { from: parseUint(from, 64, 'from'), to: parseUint(to, 64, 'to') };
    if (range.to < range.from || range.to - range.from > ENTRIES_PER_READ_MAX) {
      throw domainError(
        'OUT_OF_RANGE',
        `from ${range.from} to ${range.to} is no range of at most ${ENTRIES_PER_READ_MAX} entries`,
      );
    }
    return formatWire(await this.#views.entries({ edge: parseWord(edge, 'edge'), ...range }));
  }
}
