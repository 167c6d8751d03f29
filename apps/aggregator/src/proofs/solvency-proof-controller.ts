import { formatWire, solvencyProofView } from '@surety/api';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { SolvencyProofViews } from './solvency-proof-views.js';

/** A proof that needs no trust in this aggregator once the blocks' hashes were compared. */
@ApiTags('proofs')
@Refuses(429, 500, 503)
@Controller('/v1/solvency')
export class SolvencyProofController {
  constructor(@Inject(SolvencyProofViews) private readonly views: SolvencyProofViews) {}

  /** Returns storage proofs of what is owed of each asset and what the vaults hold. */
  @Get('/proof')
  @ApiOperation({ summary: 'Prove that the vaults hold what is owed' })
  @Answers(solvencyProofView, 'Storage of ledger, vaults and tokens in final blocks, at most a minute old')
  async readSolvencyProof(): Promise<unknown> {
    return formatWire(await this.views.solvencyProof());
  }
}
