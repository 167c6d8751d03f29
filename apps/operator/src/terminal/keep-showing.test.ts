import { expect, test } from 'vitest';
import { operatorError } from '../errors.js';
import { type WatchOptions, keepShowing } from './keep-showing.js';
import { runSurety } from '../testing/run-surety.js';

/** Shows until three waits are over, and returns what was told and waited. */
async function watched(options: WatchOptions, failure?: Error, unread: AbortSignal = new AbortController().signal) {
  const told: string[] = [];
  const waits: number[] = [];
  let shown = 0;
  const clock = {
    nowMs: () => 1_800_000_000_000,
    elapsedMs: () => 0,
    sleep: async (ms: number) => {
      waits.push(ms);
      if (waits.length === 3) throw new Error('interrupted');
    },
  };
  const show = async (): Promise<void> => {
    shown += 1;
    if (failure !== undefined) throw failure;
  };
  const end = await keepShowing({ clock, tell: (line) => void told.push(line), unread }, options, show).then(
    () => 'done',
    (cause: Error) => cause.message,
  );
  return { end, told, waits, shown };
}

test('without --watch it shows once, and fails as the command does', async () => {
  expect(await watched({})).toEqual({ end: 'done', told: [], waits: [], shown: 1 });
  expect(await watched({}, operatorError('NOT_READY', 'not yet'))).toMatchObject({ end: 'not yet', shown: 1 });
});

test('with it, it shows until it is interrupted, over looks that fail', async () => {
  const { end, told, waits, shown } = await watched({ watch: true }, operatorError('NOT_READY', 'not yet'));
  expect({ end, waits, shown }).toEqual({ end: 'interrupted', waits: [5_000, 5_000, 5_000], shown: 3 });
  expect(told.slice(0, 2)).toEqual([
    '\n2027-01-15T08:00:00.000Z, again every 5 s until Ctrl-C',
    'surety: NOT_READY: not yet',
  ]);
});

test('what a stranger said in a failure begins no line', async () => {
  const { told } = await watched({ watch: true }, operatorError('NOT_READY', 'not\nok  all is well\n  as listed'));
  expect(told[1]).toBe('surety: NOT_READY: not\\nok  all is well\n  as listed');
});

test('as JSON it tells nothing but errors, each one document', async () => {
  expect((await watched({ watch: '60', json: true })).told).toEqual([]);
  const { told, waits } = await watched({ watch: '60', json: true }, operatorError('NOT_READY', 'not yet'));
  expect([told[0], waits[0]]).toEqual(['{"error":{"code":"NOT_READY","message":"not yet"}}', 60_000]);
});

test.each([['doctor'], ['status'], ['account', `0x${'1'.repeat(40)}`]])('surety %s takes it', async (...args) => {
  const { code, told } = await runSurety([...args, '--watch', '0']);
  expect([code, told]).toEqual([2, expect.stringContaining('--watch is "0"; expected whole seconds from 1')]);
});

test('it ends once nobody reads it any more, and does not look again', async () => {
  expect(await watched({ watch: true, json: true }, undefined, AbortSignal.abort())).toMatchObject({
    end: 'done',
    shown: 0,
  });
  const reader = new AbortController();
  let shown = 0;
  const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => reader.abort() };
  await keepShowing(
    { clock, tell: () => undefined, unread: reader.signal },
    { watch: '60' },
    async () => void (shown += 1),
  );
  expect(shown).toBe(1);
});

test('wrong use ends it', async () => {
  expect(await watched({ watch: true }, operatorError('BAD_USE', 'no such account'))).toMatchObject({ shown: 1 });
  for (const watch of ['0', '1.5', 'often', '86401'])
    expect(await watched({ watch })).toMatchObject({ end: expect.stringContaining(`--watch is "${watch}"`), shown: 0 });
});
