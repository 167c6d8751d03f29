import type { ExplanationView } from '@surety/client';
import { AppError, type ReasonCode, judgeConditions } from '@surety/domain';
import { expect, it } from 'vitest';
import { tellFailure } from '../errors.js';
import { followEntry } from './follow-entry.js';
import { type WaitedEntry, requireEnd } from './require-end.js';

const ID = `0x${'ed'.repeat(32)}:1`;

const lockOf = (code?: ReasonCode, more: { etaS?: number } = {}): ExplanationView =>
  judgeConditions({ subject: 'lock', id: ID, held: ['counted', 'counted: +1.00 initial margin'], failed: 'waiting' }, [
    { name: 'one', evidence: [], trouble: code === undefined ? undefined : { code, seen: 'why', of: ID, ...more } },
  ]);
const releaseOf = (stage: string, code?: ReasonCode): ExplanationView =>
  judgeConditions({ subject: 'release', id: ID, held: ['done', `done: ${stage}`], failed: 'waiting' }, [
    { name: stage, evidence: [], trouble: code === undefined ? undefined : { code, seen: 'why', of: ID } },
  ]);

/** Follows an entry that always has one answer, until an hour is over, and returns exit code and error of its wait. */
async function waitFor(wanted: WaitedEntry['wanted'], answer: ExplanationView | Error) {
  let nowMs = 0;
  const terminal = {
    clock: { nowMs: () => nowMs, elapsedMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) },
    tell: () => {},
  };
  const explain = async (): Promise<ExplanationView[]> => {
    if (answer instanceof Error) throw answer;
    return [answer];
  };
  const [edge = ''] = ID.split(':');
  const subject = wanted === 'counted' ? 'lock' : 'release';
  const entry = { id: ID, subject, edge, amount: 1n, txHash: `0x${'7a'.repeat(32)}`, account: `0x${'ac'.repeat(32)}` };
  const client = { explain, readEntry: async () => [] };
  const followed = await followEntry(terminal as never, client, entry as never);
  return { ...failureOf({ id: ID, wanted, followed, atDesk: undefined }), hours: nowMs / 3_600_000 };
}

function failureOf(waited: WaitedEntry): { exitCode: number; code?: string; message?: string } {
  try {
    requireEnd(waited);
    return { exitCode: 0 };
  } catch (failure) {
    return tellFailure(failure);
  }
}

it.each([
  ['a lock that counts', 'counted', lockOf()],
  ['a release that is paid', 'paid', releaseOf('paid')],
] as const)('%s ends with 0', async (_, wanted, answer) => {
  expect(await waitFor(wanted, answer)).toEqual({ exitCode: 0, hours: 0 });
});

it.each([
  ['a lock that is parked', 'counted', lockOf('ABOVE_FAST_LIMIT'), 'parked: counts 0 until its reason is gone: why'],
  ['a lock whose source is quarantined', 'counted', lockOf('SOURCE_QUARANTINED'), 'stopped: why'],
  ['a lock whose line counts for nothing', 'counted', lockOf('LINE_DISABLED'), 'impaired: why'],
  ['a release that its recipient cannot take', 'paid', releaseOf('claimable', 'RELEASE_CLAIMABLE'), 'waiting: why'],
  ['a release that is stopped', 'paid', releaseOf('stopped', 'RELEASE_STOPPED'), 'stopped: why'],
  ['a release that is refused', 'paid', releaseOf('refused', 'RELEASE_REFUSED'), 'stopped: why'],
  ['a release that came back', 'paid', releaseOf('refunded'), 'done: refunded'],
] as const)('%s ends with 1 at once', async (_, wanted, answer, seen) => {
  const code = wanted === 'counted' ? 'NOT_COUNTED' : 'NOT_PAID';
  const message = expect.stringContaining(`${ID} ended otherwise: ${seen}; expected `) as string;
  expect(await waitFor(wanted, answer)).toEqual({ exitCode: 1, code, message, hours: 0 });
});

const silent = new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'no answer', retryable: true });
it.each([
  ['a lock that nobody posts', 'counted', lockOf('NOT_POSTED'), 'waiting: why', 1],
  ['a release that is not due', 'paid', releaseOf('recorded', 'RELEASE_NOT_DUE'), 'waiting: why', 1],
  ['a silent aggregator', 'paid', silent, 'waiting: the aggregator gave no answer: AGGREGATOR_UNREACHABLE', 1],
  ['a season longer than a minute', 'counted', lockOf('LINE_SEASONING', { etaS: 61 }), 'impaired: why', 0],
] as const)('%s ends with 75', async (_, wanted, answer, seen, hours) => {
  const message = expect.stringContaining(`${ID} was sent and has not ended yet: ${seen}`) as string;
  expect(await waitFor(wanted, answer)).toEqual({ exitCode: 75, code: 'STILL_UNDER_WAY', message, hours });
});

it.each([
  ['counted', 'applied', 0, undefined],
  ['counted', 'parked', 1, 'NOT_COUNTED'],
  ['paid', 'paid', 0, undefined],
  ['paid', 'recorded', 75, 'STILL_UNDER_WAY'],
] as const)(
  'at source 0, where %s is wanted and the desk says %s, it ends with %d',
  (wanted, atDesk, exitCode, code) => {
    const ended = failureOf({ id: ID, wanted, followed: undefined, atDesk });
    expect([ended.exitCode, ended.code]).toEqual([exitCode, code]);
  },
);

it('says what was seen, what was expected, who acts and what to run', async () => {
  const id = ID;
  expect((await waitFor('paid', releaseOf('stopped', 'RELEASE_STOPPED'))).message).toBe(
    `${id} ended otherwise: stopped: why; expected its payment; anyone: its refund is journaled at the vault and applied at the ledger (surety refund ${id}); see surety explain ${id}`,
  );
  expect((await waitFor('counted', lockOf('NOT_POSTED'))).message).toBe(
    `${id} was sent and has not ended yet: waiting: why; expected it to count in the margin by now; do not send it again: surety explain ${id} shows how it goes on`,
  );
});
