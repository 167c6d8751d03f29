import {
  accountParameter,
  accountProofView,
  assetParameter,
  formatWire,
  solvencyProofView,
  treeHeightParameter,
  treeIndexParameter,
  treeNodeView,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { ProofViews } from './proof-views.js';
import { SolvencyProofViews } from './solvency-proof-views.js';

/** Proofs that need no trust in this aggregator once readers have compared a commitment, or the blocks' hashes. */
@ApiTags('proofs')
@Refuses(429, 500, 503)
@Controller('/v1')
export class ProofsController {
  constructor(
    @Inject(ProofViews) private readonly views: ProofViews,
    @Inject(SolvencyProofViews) private readonly solvency: SolvencyProofViews,
  ) {}

  /** Returns what shows that the account's lines are in the sums of all lines. */
  @Get('/accounts/:account/proof')
  @ApiOperation({ summary: 'Prove that an account’s lines are counted' })
  @Answers(accountProofView, 'The branches of the account’s lines, and the trees’ roots')
  @Refuses(400)
  async readProof(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<unknown> {
    return formatWire(await this.views.accountProof(account));
  }

  /** Returns storage proofs of what is owed of each asset and what the vaults hold. */
  @Get('/solvency/proof')
  @ApiOperation({ summary: 'Prove that the vaults hold what is owed' })
  @Answers(solvencyProofView, 'Storage of ledger, vaults and tokens in final blocks, at most a minute old')
  async readSolvencyProof(): Promise<unknown> {
    return formatWire(await this.solvency.solvencyProof());
  }

  /** Returns one node: whoever has another one descends to the first line that differs. */
  @Get('/trees/:asset/:height/:index')
  @ApiOperation({ summary: 'Read one node of an asset’s tree of lines' })
  @Answers(treeNodeView, 'The node, the root of its tree, and the line if it is a leaf')
  @Refuses(400, 404)
  async readNode(
    @Param('asset', { schema: assetParameter }) asset: number,
    @Param('height', { schema: treeHeightParameter }) height: number,
    @Param('index', { schema: treeIndexParameter }) index: number,
  ): Promise<unknown> {
    return formatWire(await this.views.treeNode(asset, height, index));
  }
}
