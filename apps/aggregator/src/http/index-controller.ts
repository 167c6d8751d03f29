import { type IndexView, indexView } from '@surety/api';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers } from './answers.js';

/** Name and version of the program, and where to go on from here. A test compares the version with the package's. */
const INDEX: IndexView = {
  name: 'surety-aggregator',
  version: '0.1.0',
  links: {
    docs: '/docs',
    openapi: '/openapi.json',
    ready: '/health/ready',
    status: '/v1/status',
    chains: '/v1/chains',
    edges: '/v1/edges',
    markets: '/v1/markets',
    events: '/v1/events',
    account: '/v1/accounts/{account}',
    margin: '/v1/accounts/{account}/margin',
  },
};

/** Where a reader begins. */
@ApiTags('index')
@Controller()
export class IndexController {
  /** Returns the name, the version and links. */
  @Get('/')
  @ApiOperation({ summary: 'Find the way' })
  @Answers(indexView, 'Name, version and links')
  readIndex(): IndexView {
    return INDEX;
  }

  /** Returns the same. */
  @Get('/v1')
  @ApiOperation({ summary: 'Find the way from /v1' })
  @Answers(indexView, 'Name, version and links')
  readVersionIndex(): IndexView {
    return INDEX;
  }
}
