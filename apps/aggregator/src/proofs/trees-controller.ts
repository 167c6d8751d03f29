import { assetParameter, formatWire, treeHeightParameter, treeIndexParameter, treeNodeView } from '@surety/api';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { ProofViews } from './proof-views.js';

/** The trees of lines, node by node. */
@ApiTags('proofs')
@Refuses(400, 404, 429, 500, 503)
@Controller('/v1/trees')
export class TreesController {
  constructor(@Inject(ProofViews) private readonly views: ProofViews) {}

  /** Returns one node: whoever has another one descends to the first line that differs. */
  @Get('/:asset/:height/:index')
  @ApiOperation({ summary: 'Read one node of an asset’s tree of lines' })
  @Answers(treeNodeView, 'The node, the root of its tree, and the line if it is a leaf')
  async readNode(
    @Param('asset', { schema: assetParameter }) asset: number,
    @Param('height', { schema: treeHeightParameter }) height: number,
    @Param('index', { schema: treeIndexParameter }) index: number,
  ): Promise<unknown> {
    return formatWire(await this.views.treeNode(asset, height, index));
  }
}
