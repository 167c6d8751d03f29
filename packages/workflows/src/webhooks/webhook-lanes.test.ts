import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ObservedEvent } from '../ports/observer.js';
import { Bell } from '../running/bell.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { WEBHOOK_GIVE_UP_MS, WEBHOOK_TRIED_MS } from './limits.js';
import { WebhookDelivery } from './webhook-delivery.js';
import { WebhookLanes } from './webhook-lanes.js';
import type { WebhookMessage } from './webhook-outbox.js';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const TIME_OUT = 10 * SECOND;

const REFUSED = new AppError({ code: 'WEBHOOK_REFUSED', message: 'host answered 503', retryable: true });
const OWN = new AppError({ code: 'WEBHOOK_REFUSED', message: 'host answered 400', retryable: false });

/** What a receiver does with a message. */
interface Answer {
  /** Undefined once it is taken. */
  readonly error?: AppError;
  readonly afterMs?: number;
}

interface Scenario {
  /** Lanes and times of messages, in the order of their times; those before 0 wait at the start. */
  readonly messages: readonly (readonly [lane: string, writtenMs: number])[];
  readonly answer: (message: WebhookMessage, atMs: number) => Answer;
  readonly untilMs: number;
  /** Newest messages that the outbox keeps of a lane. */
  readonly keptOfLane?: number;
}

interface Attempt {
  readonly lane: string;
  readonly position: number;
  readonly atMs: number;
}

/** Runs a delivery over an outbox in memory for some virtual time. */
async function simulate({ messages, answer, untilMs, keptOfLane = Infinity }: Scenario) {
  const clock = new FakeClock(0);
  const bell = new Bell();
  const rows: WebhookMessage[] = [];
  const behind = (position: number): WebhookMessage[] =>
    rows.slice(rows.findLastIndex((row) => row.position <= position) + 1);
  const asked: Attempt[] = [];
  const taken: (Attempt & { readonly lateMs: number })[] = [];
  const events: ObservedEvent[] = [];
  let settled = 0;
  const delivery = new WebhookDelivery({
    endpoint: 'endpoint',
    host: 'hooks.example',
    bell,
    clock,
    observer: { observe: (event) => void events.push(event) },
    post: async (message, signal) => {
      const { lane, position, writtenMs } = message;
      const attempt = { lane, position, atMs: clock.elapsedMs() };
      asked.push(attempt);
      const { error, afterMs = 0 } = answer(message, attempt.atMs);
      await (afterMs > 0 ? clock.sleep(afterMs, signal) : Promise.resolve());
      if (error !== undefined) throw error;
      taken.push({ ...attempt, lateMs: clock.elapsedMs() - writtenMs });
    },
    outbox: {
      addMessages: async () => undefined,
      openEndpoints: async () => [],
      loadWaiting: async (_, limit) => {
        const waiting = behind(settled);
        return { after: settled, waiting: waiting.length, messages: waiting.slice(0, limit) };
      },
      loadBehind: async (position, limit) => behind(position).slice(0, limit),
      saveSettled: async (_, position) => void (settled = position),
    },
  });
  const add = (lane: string, writtenMs: number): void => {
    const position = (rows.at(-1)?.position ?? 0) + 1;
    rows.push({ id: `msg_${position}`, position, lane, writtenMs, json: '{}' });
    const [oldest, ...more] = rows.filter((row) => row.lane === lane);
    if (oldest !== undefined && more.length >= keptOfLane) rows.splice(rows.indexOf(oldest), 1);
  };
  for (const [lane, writtenMs] of messages) if (writtenMs <= 0) add(lane, writtenMs);
  const stopping = new AbortController();
  const loop = delivery.keepDelivering(stopping.signal);
  for (const [lane, writtenMs] of messages.filter((one) => one[1] > 0)) {
    await clock.advance(writtenMs - clock.elapsedMs());
    add(lane, writtenMs);
    bell.ring();
  }
  await clock.advance(untilMs - clock.elapsedMs());
  stopping.abort();
  await settle();
  await loop;
  const named = (name: string): ObservedEvent[] => events.filter((event) => event.name === name);
  return { asked, taken, named, delivery };
}

const strangers = (count: number, writtenMs = 0): [string, number][] =>
  Array.from({ length: count }, (_, at) => [`stranger ${at}`, writtenMs]);

const isStranger = ({ lane }: { readonly lane: string }): boolean => lane.startsWith('stranger');

/** Messages of new lanes, each after a time. */
const news = (count: number, everyMs: number, fromMs: number): [string, number][] =>
  Array.from({ length: count }, (_, at) => [`news ${at}`, fromMs + at * everyMs]);

/** Most attempts within an hour that are not the first of their message. */
function mostRepeatedInAnHour(asked: readonly Attempt[]): number {
  const met = new Set<number>();
  const times = asked.flatMap(({ position, atMs }) => {
    const isFirst = !met.has(position);
    met.add(position);
    return isFirst ? [] : [atMs];
  });
  let [from, most] = [0, 0];
  times.forEach((atMs, at) => {
    while ((times[from] ?? atMs) <= atMs - HOUR) from += 1;
    most = Math.max(most, at - from + 1);
  });
  return most;
}

describe('a new message', () => {
  it.each([
    ['24 strangers whom a receiver fails', strangers(24), { error: REFUSED }, 8 * SECOND],
    ['100 of them', strangers(100), { error: REFUSED }, 30 * SECOND],
    ['256 of them', strangers(256), { error: REFUSED }, 70 * SECOND],
    ['1,000 of them', strangers(1_000), { error: REFUSED }, 255 * SECOND],
    ['1,000 that it refuses for themselves', strangers(1_000), { error: OWN }, 255 * SECOND],
    ['64 that time out', strangers(64), { error: REFUSED, afterMs: TIME_OUT }, 110 * SECOND],
  ])('behind %s is not late', async (_, block, answer, maxMs) => {
    const { taken } = await simulate({
      messages: [...block, ['ann', 0]],
      answer: (message) => (isStranger(message) ? answer : {}),
      untilMs: 2 * maxMs,
    });
    expect(taken.map(({ lane }) => lane)).toEqual(['ann']);
    expect(taken[0]?.lateMs).toBeLessThanOrEqual(maxMs);
  });

  it.each([
    ['fail', { error: REFUSED }, 2 * SECOND],
    ['are refused for themselves', { error: OWN }, 2 * SECOND],
    ['time out', { error: REFUSED, afterMs: TIME_OUT }, 25 * SECOND],
  ])('is heard while 400 lanes %s', async (_, answer, maxMs) => {
    const { taken } = await simulate({
      messages: [...strangers(400), ...news(60, 61 * SECOND, 30 * MINUTE)],
      answer: (message) => (isStranger(message) ? answer : {}),
      untilMs: 2 * HOUR,
    });
    expect(taken).toHaveLength(60);
    expect(Math.max(...taken.map(({ lateMs }) => lateMs))).toBeLessThanOrEqual(maxMs);
  });

  it('that failed once is repeated within seconds beside 1,000 that always fail', async () => {
    const failed = new Set<number>();
    const { taken } = await simulate({
      messages: [...strangers(1_000), ...news(20, 97 * SECOND, 10 * MINUTE)],
      answer: (message) => {
        const isFirst = !failed.has(message.position);
        failed.add(message.position);
        return isStranger(message) || isFirst ? { error: REFUSED } : {};
      },
      untilMs: HOUR,
    });
    expect(taken).toHaveLength(20);
    expect(Math.max(...taken.map(({ lateMs }) => lateMs))).toBeLessThanOrEqual(10 * SECOND);
  });
});

describe('a receiver that is away', () => {
  const inTurn = Array.from({ length: 1_440 }, (_, at): [string, number] => [`lane ${at % 1_080}`, at * 5 * SECOND]);

  it.each([
    ['1,080 accounts cross one by one', inTurn, REFUSED],
    ['2,000 accounts wait', strangers(2_000), REFUSED],
    ['2,000 accounts are refused for themselves', strangers(2_000), OWN],
  ])('is asked a bounded number of times where %s', async (_, messages, error) => {
    const { asked } = await simulate({ messages, answer: () => ({ error }), untilMs: 2 * HOUR });
    expect(mostRepeatedInAnHour(asked)).toBeLessThanOrEqual(1_800);
    // Of new messages no more than eight, and one repeated.
    const busiest = asked.filter(({ atMs }, at) => (asked[at + 9]?.atMs ?? Infinity) - atMs < 2 * SECOND);
    expect(busiest).toEqual([]);
  });

  it('that comes back has all that waits within minutes', async () => {
    const { taken } = await simulate({
      messages: strangers(1_000),
      answer: (_, atMs) => (atMs < HOUR ? { error: REFUSED } : { afterMs: 100 }),
      untilMs: HOUR + 6 * MINUTE,
    });
    expect(taken).toHaveLength(1_000);
  });

  it.each([1, 2, 16])(
    'loses nothing by a restart after a day, of %i messages a lane, if it starts later',
    async (own) => {
      const old = -WEBHOOK_GIVE_UP_MS - HOUR;
      const messages = Array.from({ length: 500 }, (_, at): [string, number] => [`lane ${Math.floor(at / own)}`, old]);
      const { taken, named } = await simulate({
        messages,
        answer: (_, atMs) => (atMs < 90 * SECOND ? { error: REFUSED } : {}),
        untilMs: 10 * MINUTE,
      });
      expect([taken.length, named('webhook-given-up')]).toEqual([500, []]);
    },
  );

  it.each([0, 500, 1_000])(
    'has what waited within half an hour beside 1,000 that it refuses (%i before)',
    async (at) => {
      const { taken } = await simulate({
        messages: strangers(1_000).toSpliced(at, 0, ['ann', 0]),
        answer: (message, atMs) => (atMs < 20 * MINUTE || isStranger(message) ? { error: REFUSED } : {}),
        untilMs: 2 * HOUR,
      });
      expect(taken.map(({ lane }) => lane)).toEqual(['ann']);
      expect(taken[0]?.lateMs).toBeLessThanOrEqual((20 + 35) * MINUTE);
    },
  );

  it('for good loses what is older than a day once it was tried for a while', async () => {
    const { asked, named, delivery } = await simulate({
      messages: [['ann', -WEBHOOK_GIVE_UP_MS]],
      answer: () => ({ error: REFUSED }),
      untilMs: HOUR,
    });
    expect(named('webhook-given-up')).toHaveLength(1);
    expect(asked.at(-1)?.atMs).toBeGreaterThan(WEBHOOK_TRIED_MS);
    expect(asked.at(-1)?.atMs).toBeLessThanOrEqual(WEBHOOK_TRIED_MS + 5 * MINUTE + 2 * SECOND);
    // Nothing waits any more.
    expect(delivery.failure).toBeUndefined();
  });
});

describe('a lane that is held back', () => {
  it.each([0, 1, 2])('has its turn whoever was held after it, with %i passes without one between', (between) => {
    const lanes = new WebhookLanes();
    const messageOf = (position: number): WebhookMessage => ({
      id: `msg_${position}`,
      position,
      lane: `lane ${position}`,
      writtenMs: 0,
      json: '{}',
    });
    const first: number[] = [];
    for (let turn = 1; turn <= 20; turn++) {
      const nowMs = turn * 4 * SECOND;
      lanes.hold(messageOf(turn), nowMs - 4 * SECOND);
      for (let pass = 0; pass < between; pass++) lanes.inTurn([], nowMs - 4 * SECOND);
      const [tried] = lanes.inTurn([], nowMs).held;
      lanes.hold(tried?.[0] ?? messageOf(0), nowMs);
      lanes.rest(1, nowMs);
      first.push(tried?.[0]?.position ?? 0);
    }
    // Half of the turns were of the one held last, and the first of the only one.
    expect(first.filter((position, at) => position === at + 1)).toHaveLength(11);
    expect(new Set(first.filter((position, at) => position !== at + 1)).size).toBeGreaterThan(5);
  });
});

describe('the number of waiting messages', () => {
  it('leaves out what was taken behind one that is held back', async () => {
    const { taken, named } = await simulate({
      messages: [['stranger', 0], ...news(3_000, 0, 0)],
      answer: (message) => (isStranger(message) ? { error: REFUSED } : {}),
      untilMs: 10 * MINUTE,
    });
    expect(taken).toHaveLength(3_000);
    expect(named('webhooks-waiting').at(-1)?.fields).toEqual({ endpoint: 'hooks.example', count: 1 });
  });

  it('is never less than what waits, though an outbox drops what was taken behind it', async () => {
    const { taken, named } = await simulate({
      messages: [
        ['stranger', 0],
        ...Array.from({ length: 40 }, (_, at): [string, number] => ['flapping', at * MINUTE]),
      ],
      answer: (message) => (isStranger(message) ? { error: REFUSED } : {}),
      untilMs: HOUR,
      keptOfLane: 16,
    });
    expect(taken).toHaveLength(40);
    const counts = named('webhooks-waiting').map(({ fields }) => Number(fields?.['count']));
    expect([Math.min(...counts), counts.at(-1)]).toEqual([1, 1]);
  });
});
