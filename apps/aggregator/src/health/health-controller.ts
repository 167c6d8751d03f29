import { liveAnswer, readinessView } from '@surety/api';
import { Controller, Get, Header, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Answers, Refuses } from '../http/answers.js';
import { TOKENS } from '../tokens.js';
import { ReadinessService } from './readiness.js';

/** Life of the process, its readiness and its figures. */
@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(ReadinessService) private readonly readiness: ReadinessService,
    @Inject(TOKENS.metrics) private readonly metrics: () => Promise<string>,
  ) {}

  /** Answers while the process lives. */
  @Get('/health/live')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say that the process lives' })
  @Answers(liveAnswer, 'It lives')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Returns whether what is served is current and agrees with the ledger, and if not, why. */
  @Get('/health/ready')
  @ApiOperation({ summary: 'Say whether the answers can be believed now' })
  @Answers(readinessView, 'Ready; reasons that do not stand in the way may be named')
  @ApiResponse({ status: 503, standardSchema: readinessView, description: 'Not ready, with the reasons' })
  ready(@Res() reply: FastifyReply): void {
    const readiness = this.readiness.check();
    void reply.status(readiness.ready ? 200 : 503).send(readiness);
  }

  /** Returns the figures in Prometheus' text format. */
  @Get('/metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Give the figures in Prometheus text format' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' }, description: 'Figures' })
  @Refuses(500)
  async readMetrics(): Promise<string> {
    return this.metrics();
  }
}
