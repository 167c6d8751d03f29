import {
  type View,
  edgeParameter,
  formatWire,
  lockQuoteQuery,
  lockQuoteView,
  orphansAnswer,
  parkedAnswer,
  pastHashQuery,
  pastNumberQuery,
  paymentsAnswer,
  releaseQuoteQuery,
  releaseQuoteView,
  solvencyAnswer,
  sourceParameter,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { LockQuotes } from './lock-quotes.js';
import { QuoteViews } from './quote-views.js';
import { ReleaseViews } from '../entries/release-views.js';
import { Answers, Refuses } from '../http/answers.js';

/** Releases: what one would do, what waits for payment, and what all of it sums to. */
@ApiTags('releases')
@Refuses(429, 500)
@Controller('/v1')
export class ReleasesController {
  constructor(
    @Inject(ReleaseViews) private readonly releases: ReleaseViews,
    @Inject(QuoteViews) private readonly quotes: QuoteViews,
    @Inject(LockQuotes) private readonly locks: LockQuotes,
  ) {}

  /** Returns what a vault has recorded and not finally paid, and what it stopped, past a number: a hint that its reader verifies. */
  @Get('/edges/:edge/payments')
  @ApiOperation({ summary: 'Read releases that wait for payment' })
  @Answers(paymentsAnswer, 'Ascending, at most 256 open and 64 stopped ones')
  @Refuses(400, 404)
  async readPayments(
    @Param('edge', { schema: edgeParameter }) edge: Bytes32,
    @Query({ schema: pastNumberQuery }) { after }: View<typeof pastNumberQuery>,
  ): Promise<unknown> {
    const payments = await this.releases.payments(edge, after);
    const stopped = await this.releases.stopped(edge, after);
    return formatWire({
      payments: payments.shown,
      ...(payments.next === undefined ? {} : { next: payments.next }),
      stopped: stopped.shown,
      ...(stopped.next === undefined ? {} : { nextStopped: stopped.next }),
    });
  }

  /** Returns a source's parked credits past a number, at most 256: a hint that its reader verifies. */
  @Get('/sources/:source/parked')
  @ApiOperation({ summary: 'Read credits that wait for their reason to go' })
  @Answers(parkedAnswer, 'Ascending, at most 256')
  @Refuses(400, 404)
  async readParked(
    @Param('source', { schema: sourceParameter }) source: number,
    @Query({ schema: pastNumberQuery }) { after }: View<typeof pastNumberQuery>,
  ): Promise<unknown> {
    return formatWire({ parked: await this.releases.parked({ source, after }) });
  }

  /** Returns a source's orphans past a hash, at most 256: a hint that its reader verifies. */
  @Get('/sources/:source/orphans')
  @ApiOperation({ summary: 'Read entries past the point of a rewind that have neither come again nor been taken back' })
  @Answers(orphansAnswer, 'Ascending by hash, at most 256')
  @Refuses(400, 404)
  async readOrphans(
    @Param('source', { schema: sourceParameter }) source: number,
    @Query({ schema: pastHashQuery }) { after }: View<typeof pastHashQuery>,
  ): Promise<unknown> {
    return formatWire({ orphans: await this.releases.orphans(source, after) });
  }

  /** Returns what the ledger would do with a release of the owner, and the margin that would be left. */
  @Get('/quote/release')
  @ApiOperation({ summary: 'Quote a release' })
  @Answers(releaseQuoteView, 'What ledger and vault would do')
  @Refuses(400, 404, 503)
  async quoteRelease(@Query({ schema: releaseQuoteQuery }) query: View<typeof releaseQuoteQuery>): Promise<unknown> {
    return formatWire(await this.quotes.release({ ...query, recipient: query.recipient }));
  }

  /** Returns what vault and ledger would do with a lock, and the margin that it would bring. */
  @Get('/quote/lock')
  @ApiOperation({ summary: 'Quote a lock' })
  @Answers(lockQuoteView, 'What vault and ledger would do')
  @Refuses(400, 404, 503)
  async quoteLock(@Query({ schema: lockQuoteQuery }) query: View<typeof lockQuoteQuery>): Promise<unknown> {
    return formatWire(await this.locks.quote(query));
  }

  /** Returns the sums of lines, releases and payments of each asset. */
  @Get('/solvency')
  @ApiOperation({ summary: 'Read what claims on each asset sum to' })
  @Answers(solvencyAnswer, 'Every asset, and the blocks it is told of')
  readSolvency(): unknown {
    return formatWire(this.releases.solvency());
  }
}
