import type { ExecutionContext } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { POSTER_BURST } from '../limits.js';
import { PostBudgets } from './post-budgets.js';
import { PostGuard } from './post-guard.js';

const MEMBER = `0x${'ab'.repeat(20)}`;

let guard: PostGuard;

beforeEach(() => {
  const budgets = new PostBudgets({ nowMs: () => 0, elapsedMs: () => 0, sleep: () => Promise.resolve() });
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
