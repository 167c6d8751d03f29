import {
  type View,
  accountParameter,
  accountProtocolsView,
  accountView,
  accountsAnswer,
  accountsQuery,
  formatWire,
  healthHistoryAnswer,
  healthHistoryQuery,
  historyAnswer,
  historyQuery,
  marginView,
  whatIfQuery,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { LedgerAge } from '../projections/ledger-age.js';
import { AccountViews } from './account-views.js';
import { AccountsBelow } from './accounts-below.js';
import { Answers, Refuses } from '../http/answers.js';
import { Histories } from './histories.js';
import { ProtocolViews } from './protocol-views.js';
import { WhatIfs } from './what-ifs.js';

/** Accounts: what they hold, and what it is worth. */
@ApiTags('accounts')
@Refuses(400, 429, 500)
@Controller('/v1/accounts')
export class AccountsController {
  constructor(
    @Inject(AccountViews) private readonly views: AccountViews,
    @Inject(AccountsBelow) private readonly below: AccountsBelow,
    @Inject(WhatIfs) private readonly whatIfs: WhatIfs,
    @Inject(Histories) private readonly histories: Histories,
    @Inject(ProtocolViews) private readonly protocols: ProtocolViews,
    @Inject(LedgerAge) private readonly age: LedgerAge,
  ) {}

  /** Returns indebted accounts below a step of the health ladder, by account or by health: a hint that its reader verifies. */
  @Get()
  @Refuses(503)
  @ApiOperation({ summary: 'List accounts below a step of the health ladder' })
  @Answers(accountsAnswer, 'Ascending by account, or the least healthy first, at most 256')
  async readAccounts(@Query({ schema: accountsQuery }) query: View<typeof accountsQuery>): Promise<unknown> {
    return formatWire({ accounts: await this.below.read(query) });
  }

  /** Returns lines, parked credits and entries under way. */
  @Get('/:account')
  @ApiOperation({ summary: 'Read an account' })
  @Answers(accountView, 'Lines, parked credits, entries under way, releases')
  @Refuses(503)
  async readAccount(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<unknown> {
    return formatWire(await this.views.account(account));
  }

  /** Returns what happened to an account in final blocks, in pages. */
  @Get('/:account/history')
  @ApiOperation({ summary: 'Read the history of an account' })
  @Answers(historyAnswer, 'Changes of the account, newest first, at most 50')
  async readHistory(
    @Param('account', { schema: accountParameter }) account: Bytes32,
    @Query({ schema: historyQuery }) query: View<typeof historyQuery>,
  ): Promise<unknown> {
    return formatWire(await this.histories.page(account, query));
  }

  /** Returns the health of an account over time, in pages. */
  @Get('/:account/health')
  @ApiOperation({ summary: 'Read the health of an account over time' })
  @Answers(healthHistoryAnswer, 'Points of the last 30 days while it had debt, newest first, at most 500')
  async readHealth(
    @Param('account', { schema: accountParameter }) account: Bytes32,
    @Query({ schema: healthHistoryQuery }) query: View<typeof healthHistoryQuery>,
  ): Promise<unknown> {
    return formatWire(await this.histories.healthPage(account, query));
  }

  /** Returns the unified margin at three grades with its breakdown. */
  @Get('/:account/margin')
  @ApiOperation({ summary: 'Read the unified margin of an account' })
  @Answers(marginView, 'The margin at the last folded block')
  @Refuses(503)
  @Header('content-type', 'application/json; charset=utf-8')
  async readMargin(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<string> {
    // The text of a block is kept, and the clock goes on.
    if (this.age.overdueS === 0n) return this.views.marginText(account);
    return JSON.stringify(formatWire(this.age.mark(await this.views.margin(account))));
  }

  /** Returns what each protocol of an account requires, is owed and shows, and the account's net liquidation value. */
  @Get('/:account/protocols')
  @ApiOperation({ summary: 'Read the protocols of an account and its net value' })
  @Answers(accountProtocolsView, 'Each protocol at the newest block of one provider, at most 2 seconds old')
  @Refuses(503)
  async readProtocols(@Param('account', { schema: accountParameter }) account: Bytes32): Promise<unknown> {
    return formatWire(await this.protocols.protocols(account));
  }

  /** Returns the margin that an account would have after changes; without any, the margin itself. */
  @Get('/:account/what-if')
  @ApiOperation({ summary: 'Weigh an account with other amounts, prices or debts' })
  @Answers(marginView, 'The margin after the changes, by the same engine at the last folded block')
  @Refuses(404, 503)
  async weighWhatIf(
    @Param('account', { schema: accountParameter }) account: Bytes32,
    @Query({ schema: whatIfQuery }) query: View<typeof whatIfQuery>,
  ): Promise<unknown> {
    return formatWire(this.age.mark(await this.whatIfs.weigh(account, query)));
  }
}
