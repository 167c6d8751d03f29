import { chainsAnswer, contractsAnswer, formatWire, statusView } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { StatusViews } from './status-views.js';
import { Answers, Refuses } from '../http/answers.js';

/** The aggregator itself: chains, edges, self-check and state hash. */
@ApiTags('status')
@Refuses(429, 500)
@Controller('/v1')
export class StatusController {
  constructor(@Inject(StatusViews) private readonly views: StatusViews) {}

  /** Returns the whole status. */
  @Get('/status')
  @ApiOperation({ summary: 'Read the status' })
  @Answers(statusView, 'Chains, edges, self-check, state hash and counts')
  async readStatus(): Promise<unknown> {
    return formatWire(await this.views.status());
  }

  /** Returns the chains and their conditions. */
  @Get('/chains')
  @ApiOperation({ summary: 'List the chains' })
  @Answers(chainsAnswer, 'Every chain with a vault, and the settlement chain')
  listChains(): unknown {
    return formatWire({ chains: this.views.chains() });
  }

  /** Returns the contracts of the deployment. */
  @Get('/contracts')
  @ApiOperation({ summary: 'List the contracts of the deployment' })
  @Answers(contractsAnswer, 'Every contract that the configuration names, chain by chain')
  listContracts(): unknown {
    return formatWire({ contracts: this.views.contracts() });
  }
}
