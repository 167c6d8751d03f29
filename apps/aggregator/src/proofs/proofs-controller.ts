import { accountParameter, accountProofView, formatWire } from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/answers.js';
import { ProofViews } from './proof-views.js';

/** Proofs that need no trust in this aggregator once two readers have compared a commitment. */
@ApiTags('proofs')
@Refuses(400, 429, 500, 503)
@Controller('/v1/accounts')
export class ProofsController {
  constructor(@Inject(ProofViews) private readonly views: ProofViews) {}

  /** Returns what shows that the account's lines are in the sums of all lines. */
  @Get('/:account/proof')
  @ApiOperation({ summary: 'Prove that an account’s lines are counted' })
  @Answers(accountProofView, 'The branches of the account’s lines, and the trees’ roots')
  async readProof(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<unknown> {
    return formatWire(await this.views.accountProof(account));
  }
}
