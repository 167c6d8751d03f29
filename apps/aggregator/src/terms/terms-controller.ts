import {
  assetsAnswer,
  attestersAnswer,
  contradictionsAnswer,
  engineTermsAnswer,
  formatWire,
  parametersView,
  pricesAnswer,
} from '@surety/api';
import { LedgerFollower } from '@surety/workflows';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { AssetViews } from './asset-views.js';
import { AttesterViews } from './attester-views.js';
import { viewEngineTerms } from './engine-terms-view.js';
import { ParameterViews } from './parameter-views.js';
import { PriceViews } from './price-views.js';

/** Terms of margins: assets, parameters, prices, attesters. */
@ApiTags('terms')
@Refuses(429, 500)
@Controller('/v1')
export class TermsController {
  constructor(
    @Inject(AssetViews) private readonly assets: AssetViews,
    @Inject(ParameterViews) private readonly parameters: ParameterViews,
    @Inject(PriceViews) private readonly prices: PriceViews,
    @Inject(AttesterViews) private readonly attesters: AttesterViews,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
  ) {}

  /** Returns every listed asset with its weight, prices and limits. */
  @Get('/assets')
  @ApiOperation({ summary: 'List the assets with their weights, caps and limits' })
  @Answers(assetsAnswer, 'Every listed asset at the last folded block')
  @Refuses(503)
  async readAssets(): Promise<unknown> {
    return formatWire(await this.assets.assets());
  }

  /** Returns the parameters that margins rest on. */
  @Get('/parameters')
  @ApiOperation({ summary: 'Read the parameters that margins rest on' })
  @Answers(parametersView, 'Weights, ages and limits at the last folded block')
  @Refuses(503)
  readParameters(): unknown {
    return formatWire(this.parameters.parameters());
  }

  /** Returns what lines are weighed with, as the engine takes it. */
  @Get('/terms')
  @ApiOperation({ summary: 'Read what lines are weighed with, to weigh them yourself' })
  @Answers(engineTermsAnswer, 'Each asset’s terms in the engine’s words, at the last folded block')
  @Refuses(503)
  readTerms(): unknown {
    return formatWire(viewEngineTerms(this.follower));
  }

  /** Returns every price slot that values a listed asset. */
  @Get('/prices')
  @ApiOperation({ summary: 'List the prices with their ages and faults' })
  @Answers(pricesAnswer, 'Every price that values an asset at the last folded block')
  @Refuses(503)
  async readPrices(): Promise<unknown> {
    return formatWire(await this.prices.prices());
  }

  /** Returns who signs for each edge, and how far each has come. */
  @Get('/attesters')
  @ApiOperation({ summary: 'List the attesters of each edge, and how far behind each is' })
  @Answers(attestersAnswer, 'Every edge with its members')
  readAttesters(): unknown {
    return formatWire(this.attesters.attesters());
  }

  /** Returns the evidence against members. */
  @Get('/contradictions')
  @ApiOperation({ summary: 'List pairs of statements by which a member contradicted itself' })
  @Answers(contradictionsAnswer, 'Evidence that anyone may submit to the verifier')
  async readContradictions(): Promise<unknown> {
    return formatWire(await this.attesters.contradictions());
  }
}
