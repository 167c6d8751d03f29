import {
  SENDER_HEADER,
  type PostEntriesBody,
  type PostStatementsBody,
  edgeParameter,
  formatWire,
  outcomeView,
  postEntriesBody,
  postStatementsAnswer,
  postStatementsBody,
} from '@surety/api';
import { type Bytes32, blockHeight, hexToBytes } from '@surety/domain';
import { Intake, type PostOutcome, type PostedBatch } from '@surety/workflows';
import { Body, Controller, HttpCode, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Answers, Refuses } from '../http/answers.js';
import { PostBudgets } from './post-budgets.js';
import { PostGuard } from './post-guard.js';
import { PosterProcesses } from './poster-processes.js';
import { Problem } from '../problem.js';

/** Name of a watcher's process. Entries are posted to aggregators alone, so nobody else can repeat them under another name. */
const PROCESS_NAME = /^[0-9a-f]{16}$/;

/** Posts from attesters; the member's signature is the authentication. */
@ApiTags('attesters')
@Refuses(400, 413, 415, 422, 429, 500)
@UseGuards(PostGuard)
@Controller()
export class PostsController {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(PostBudgets) private readonly budgets: PostBudgets,
    @Inject(PosterProcesses) private readonly processes: PosterProcesses,
  ) {}

  /** Takes up to 256 signed statements; answers with one outcome each. */
  @Post('/v1/statements')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand in signed statements' })
  @Answers(postStatementsAnswer, 'One outcome for each, in their order')
  async postStatements(
    @Body({ schema: postStatementsBody }) { statements }: PostStatementsBody,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    const outcomes = await this.intake.postStatements(statements);
    outcomes.forEach((outcome, at) => {
      this.budgets.charge({ remote: request.ip, poster: statements[at]?.signer ?? '', cost: 1, outcome });
    });
    const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
    if (refused.length === outcomes.length) throw refusal(refused[0], outcomes);
    return formatWire({ outcomes });
  }

  /** Takes entries that follow the first `from` ones of an edge. */
  @Post('/v1/edges/:edge/entries')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand in entries of an edge' })
  @ApiHeader({
    name: SENDER_HEADER,
    required: false,
    description: 'What the process calls itself, new at each start: shows that two run with one key.',
    schema: { type: 'string', pattern: PROCESS_NAME.source },
  })
  @Answers(outcomeView, 'They are held')
  @Refuses(404)
  async postEntries(
    @Param('edge', { schema: edgeParameter }) edge: Bytes32,
    @Body({ schema: postEntriesBody }) body: PostEntriesBody,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    const batch = batchOf(edge, body);
    const outcome = await this.intake.postEntries(batch);
    this.budgets.charge({ remote: request.ip, poster: batch.poster, cost: batch.entries.locations.length, outcome });
    if (outcome.kind === 'refused') throw refusal(outcome, undefined);
    const name = request.headers[SENDER_HEADER];
    if (typeof name === 'string' && PROCESS_NAME.test(name)) this.processes.note(batch.poster, name);
    return outcome;
  }
}

function batchOf(edge: Bytes32, { from, packed, stage, locations, poster, signature }: PostEntriesBody): PostedBatch {
  const placed = locations.map((one) => ({ ...one, blockHeight: blockHeight(one.blockHeight) }));
  return { edge, from, entries: { packed: hexToBytes(packed), locations: placed }, stage, poster, signature };
}

function refusal(first: PostOutcome | undefined, outcomes: readonly PostOutcome[] | undefined): Problem {
  const { code, detail } = first?.kind === 'refused' ? first : { code: 'REFUSED', detail: 'the post was refused' };
  const status = code === 'UNKNOWN_EDGE' && outcomes === undefined ? 404 : 422;
  return new Problem({ status, code, detail, ...(outcomes === undefined ? {} : { extra: { outcomes } }) });
}
