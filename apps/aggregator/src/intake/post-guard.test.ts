import type { ExecutionContext } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { POSTER_BURST, REFUSED_BURST } from '../limits.js';
import { PostBudgets } from './post-budgets.js';
import { PostGuard } from './post-guard.js';

const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep: () => Promise.resolve() };
const MEMBER = `0x${'ab'.repeat(20)}`;

let guard: PostGuard;

beforeEach(() => {
  const budgets = new PostBudgets(clock);
  const outcome = { kind: 'accepted', fresh: true } as never;
  budgets.charge({ remote: '203.0.113.7', poster: MEMBER, cost: POSTER_BURST, outcome });
  guard = new PostGuard(budgets);
});

function passes(body: unknown): boolean {
  const http = { getRequest: () => ({ ip: '203.0.113.8', body }) };
  return guard.canActivate({ switchToHttp: () => http } as unknown as ExecutionContext);
}

describe('PostGuard', () => {
  it.each([
    ['entries', { poster: MEMBER }],
    ['statements', { statements: [{ signer: `0x${'cd'.repeat(20)}` }, { signer: MEMBER }] }],
    ['another spelling', { poster: MEMBER.toUpperCase() }],
  ])('refuses %s in the name of a poster whose budget is used up', (_, body) => {
    expect(() => passes(body)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  });

  it.each([[null], [undefined], ['text'], [{}], [{ poster: 5, statements: [null, 7, {}] }], [{ statements: {} }]])(
    'leaves %j to whoever reads it by its schema',
    (body) => {
      expect(passes(body)).toBe(true);
    },
  );
});

describe('PostBudgets', () => {
  it.each([
    ['refused items', { kind: 'refused' }, REFUSED_BURST],
    ['known items', { kind: 'accepted', fresh: false }, POSTER_BURST],
  ])('has one budget of %s for all addresses of a network', (_, outcome, burst) => {
    const budgets = new PostBudgets(clock);
    for (let at = 1; at <= burst; at++) {
      const remote = `2001:db8:1:2::${at.toString(16)}`;
      budgets.charge({ remote, poster: MEMBER, cost: 1, outcome: outcome as never });
    }
    expect(() => budgets.require('2001:db8:1:2:ffff::1', [])).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
    expect(() => budgets.require('2001:db8:1:3::1', [])).not.toThrow();
  });

  it('counts what was signed in an epoch that ended as known, since a log that is handed in again is full of it', () => {
    const budgets = new PostBudgets(clock);
    const remote = '203.0.113.9';
    const charge = (cost: number): void =>
      budgets.charge({ remote, poster: MEMBER, cost, outcome: { kind: 'refused', code: 'EPOCH_ENDED' } as never });
    for (let at = 0; at < REFUSED_BURST; at++) charge(1);
    expect(() => budgets.require(remote, [])).not.toThrow();
    charge(POSTER_BURST - REFUSED_BURST);
    expect(() => budgets.require(remote, [])).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  });
});
