import { formatWire } from '@surety/api';
import { parseUint, parseWord } from '@surety/domain';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { QuoteViews } from '../views/quote-views.js';
import type { ReleaseViews } from '../views/release-views.js';
import { API } from './api-schemas.js';
import { TOKENS } from './tokens.js';

/** Releases: what one would do, what waits for payment, and what all of it sums to. */
@ApiTags('releases')
@ApiResponse(API.problem)
@Controller('/v1')
export class ReleasesController {
  readonly #releases: ReleaseViews;
  readonly #quotes: QuoteViews;

  constructor(@Inject(TOKENS.releases) releases: ReleaseViews, @Inject(TOKENS.quotes) quotes: QuoteViews) {
    this.#releases = releases;
    this.#quotes = quotes;
  }

  /** Gives what a vault has recorded and not finally paid, and what it stopped, past a number: a hint that its reader verifies. */
  @Get('/edges/:edge/payments')
  @ApiOperation({ summary: 'Read releases that wait for payment' })
  @ApiParam(API.edgeParam)
  @ApiQuery({ name: 'after', required: false })
  @ApiOkResponse({ schema: API.payments })
  async readPayments(@Param('edge') edge: string, @Query('after') after: string | undefined): Promise<unknown> {
    const asked = [parseWord(edge, 'edge'), parseUint(after ?? '0', 96, 'after')] as const;
    const payments = await this.#releases.payments(...asked);
    return formatWire({ payments, stopped: await this.#releases.stopped(...asked) });
  }

  /** Gives a source's parked credits past a number, at most 256: a hint that its reader verifies. */
  @Get('/sources/:source/parked')
  @ApiOperation({ summary: 'Read credits that wait for their reason to go' })
  @ApiParam({ name: 'source' })
  @ApiQuery({ name: 'after', required: false })
  @ApiOkResponse({ schema: API.parked })
  async readParked(@Param('source') source: string, @Query('after') after: string | undefined): Promise<unknown> {
    const asked = { source: Number(parseUint(source, 16, 'source')), after: parseUint(after ?? '0', 96, 'after') };
    return formatWire({ parked: await this.#releases.parked(asked) });
  }

  /** Gives a source's orphans past a hash, at most 256: a hint that its reader verifies. */
  @Get('/sources/:source/orphans')
  @ApiOperation({ summary: 'Read entries past the point of a rewind that have neither come again nor been taken back' })
  @ApiParam({ name: 'source' })
  @ApiQuery({ name: 'after', required: false })
  @ApiOkResponse({ schema: API.orphans })
  async readOrphans(@Param('source') source: string, @Query('after') after: string | undefined): Promise<unknown> {
    const past = after === undefined ? undefined : parseWord(after, 'after');
    return formatWire({ orphans: await this.#releases.orphans(Number(parseUint(source, 16, 'source')), past) });
  }

  /** Gives what the ledger would do with a release of the owner, and the margin that would be left. */
  @Get('/quote/release')
  @ApiOperation({ summary: 'Quote a release' })
  @ApiQuery({ name: 'account' })
  @ApiQuery({ name: 'assetId' })
  @ApiQuery({ name: 'amount' })
  @ApiQuery({ name: 'fee', required: false })
  @ApiQuery({ name: 'recipient', required: false })
  @ApiOkResponse({ schema: API.releaseQuote })
  async quoteRelease(@Query() query: Readonly<Record<string, string | undefined>>): Promise<unknown> {
    const { account, assetId, amount, fee, recipient } = query;
    const asked = {
      account: parseWord(account, 'account'),
      assetId: Number(parseUint(assetId, 16, 'assetId')),
      amount: parseUint(amount, 128, 'amount'),
      fee: parseUint(fee ?? '0', 96, 'fee'),
      recipient: recipient === undefined ? undefined : parseWord(recipient, 'recipient'),
    };
    return formatWire(await this.#quotes.release(asked));
  }

  /** Gives the sums of lines, releases and payments of each asset. */
  @Get('/solvency')
  @ApiOperation({ summary: 'Read what claims on each asset sum to' })
  @ApiOkResponse({ schema: API.solvency })
  readSolvency(): unknown {
    return formatWire(this.#releases.solvency());
  }
}
