import { formatWire } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { WitnessViews } from '../views/witness-views.js';
import { API } from './api-schemas.js';
import { TOKENS } from './tokens.js';
import { WITNESSES } from './witness-schema.js';

/** Witnesses of edges: what they told, what they are worth, and whether they are set as configured. */
@ApiTags('status')
@ApiResponse(API.problem)
@Controller('/v1')
export class WitnessesController {
  readonly #views: WitnessViews;

  constructor(@Inject(TOKENS.witnesses) views: WitnessViews) {
    this.#views = views;
  }

  /** Gives the witnesses of every edge, in both directions. */
  @Get('/witnesses')
  @ApiOperation({ summary: 'List the witnesses of every edge' })
  @ApiOkResponse({ schema: WITNESSES })
  async listWitnesses(): Promise<unknown> {
    return formatWire(await this.#views.witnesses());
  }
}
