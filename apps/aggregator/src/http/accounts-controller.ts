import { formatWire } from '@surety/api';
import { parseWord } from '@surety/domain';
import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { AccountViews } from '../views/account-views.js';
import { API } from './api-schemas.js';
import { TOKENS } from './tokens.js';

/** Accounts: what they hold, and what it is worth. */
@ApiTags('accounts')
@ApiResponse(API.problem)
@Controller('/v1/accounts/:account')
export class AccountsController {
  readonly #views: AccountViews;

  constructor(@Inject(TOKENS.accounts) views: AccountViews) {
    this.#views = views;
  }

  /** Gives lines, parked credits and entries under way. */
  @Get()
  @ApiOperation({ summary: 'Read an account' })
  @ApiParam(API.accountParam)
  @ApiOkResponse({ schema: API.account })
  async readAccount(@Param('account') account: string): Promise<unknown> {
    return formatWire(await this.#views.account(parseWord(account, 'account')));
  }

  /** Gives the unified margin at three grades with its breakdown. */
  @Get('/margin')
  @ApiOperation({ summary: 'Read the unified margin of an account' })
  @ApiParam(API.accountParam)
  @ApiOkResponse({ schema: API.margin })
  @Header('content-type', 'application/json; charset=utf-8')
  readMargin(@Param('account') account: string): Promise<string> {
    return this.#views.marginText(parseWord(account, 'account'));
  }
}
