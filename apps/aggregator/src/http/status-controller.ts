import { formatWire } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { StatusViews } from '../views/status-views.js';
import { API } from './api-schemas.js';
import { TOKENS } from './tokens.js';

/** The aggregator itself: chains, edges, self-check and state hash. */
@ApiTags('status')
@ApiResponse(API.problem)
@Controller('/v1')
export class StatusController {
  readonly #views: StatusViews;

  constructor(@Inject(TOKENS.status) views: StatusViews) {
    this.#views = views;
  }

  /** Gives the whole status. */
  @Get('/status')
  @ApiOperation({ summary: 'Read the status' })
  @ApiOkResponse({ schema: API.status })
  async readStatus(): Promise<unknown> {
    return formatWire(await this.#views.status());
  }

  /** Gives the chains and their conditions. */
  @Get('/chains')
  @ApiOperation({ summary: 'List the chains' })
  @ApiOkResponse({ schema: API.chains })
  listChains(): unknown {
    return formatWire({ chains: this.#views.chains() });
  }
}
