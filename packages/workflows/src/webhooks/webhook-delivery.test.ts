import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ObservedEvent } from '../ports/observer.js';
import { Bell } from '../running/bell.js';
import {
  WEBHOOK_GIVE_UP_MS,
  WEBHOOK_REFUSED_GIVE_UP_MS,
  WEBHOOK_REQUESTS,
  WEBHOOK_RETRY,
  WEBHOOK_WINDOW,
  WEBHOOK_WINDOW_HELD,
} from './limits.js';
import { WebhookDelivery } from './webhook-delivery.js';
import type { WebhookMessage } from './webhook-outbox.js';

const REFUSED = new AppError({ code: 'WEBHOOK_REFUSED', message: 'host answered 500', retryable: true });

/** A message that failed once is repeated after two seconds, or once it is the turn of the lane that was held last. */
const REPEATED_MS = 6_000;

const OWN = new AppError({ code: 'WEBHOOK_REFUSED', message: 'host answered 400', retryable: false });

function message(position: number, lane = `lane ${position}`, writtenMs = 0): WebhookMessage {
  return { id: `msg_${position}`, position, lane, writtenMs, json: '{}' };
}

/** An endpoint over an outbox in memory, whose bell rings at each message; `post` decides what the receiver does. The loop ends once nothing waits. */
function endpoint(messages: readonly WebhookMessage[], post: (message: WebhookMessage) => Promise<void>) {
  const stopping = new AbortController();
  const events: ObservedEvent[] = [];
  const slept: number[] = [];
  const state = { nowMs: 0, settled: 0, saves: [] as number[], outboxFailures: 0 };
  const bell = new Bell();
  const written = (): WebhookMessage[] =>
    messages.filter(({ position, writtenMs }) => position > state.settled && writtenMs <= state.nowMs);
  const nextMs = (): number =>
    Math.min(...messages.filter(({ writtenMs }) => writtenMs > state.nowMs).map(({ writtenMs }) => writtenMs));
  const delivery = new WebhookDelivery({
    endpoint: 'endpoint',
    host: 'hooks.example',
    bell,
    post,
    clock: {
      nowMs: () => state.nowMs,
      elapsedMs: () => state.nowMs,
      sleep: async (durationMs, signal) => {
        slept.push(durationMs);
        const endMs = state.nowMs + durationMs;
        for (let ringMs = nextMs(); ringMs < endMs && signal?.aborted !== true; ringMs = nextMs()) {
          state.nowMs = ringMs;
          bell.ring();
          await new Promise(setImmediate);
        }
        if (signal?.aborted !== true) state.nowMs = endMs;
      },
    },
    observer: { observe: (event) => void events.push(event) },
    outbox: {
      addMessages: async () => undefined,
      openEndpoints: async () => [],
      loadWaiting: async (_, limit) => {
        if (state.outboxFailures-- > 0) throw new Error('the disk is full');
        if (messages.every(({ position }) => position <= state.settled)) stopping.abort();
        else if (written().length === 0) state.nowMs = nextMs();
        const waiting = written();
        return { after: state.settled, waiting: waiting.length, messages: waiting.slice(0, limit) };
      },
      loadBehind: async (from, limit) =>
        messages.filter(({ position, writtenMs }) => position > from && writtenMs <= state.nowMs).slice(0, limit),
      saveSettled: async (_, position) => {
        if (state.outboxFailures-- > 0) throw new Error('the disk is full');
        state.saves.push(position);
        state.settled = position;
      },
    },
  });
  return { delivery, events, slept, state, run: () => delivery.keepDelivering(stopping.signal), stopping };
}

/** How often a receiver that refuses everything is asked in one pass over these messages. */
async function askedInOnePass(messages: Parameters<typeof endpoint>[0]): Promise<number> {
  let asked = 0;
  const { run, slept, stopping } = endpoint(messages, async () => {
    await Promise.resolve();
    if (slept.length > 0) stopping.abort();
    else asked += 1;
    throw REFUSED;
  });
  await run();
  return asked;
}

describe('the delivery to a webhook', () => {
  it('hands over every message once, a lane in order, several lanes at a time', async () => {
    const lanes = new Map<string, number[]>();
    let [open, most] = [0, 0];
    const all = Array.from({ length: 100 }, (_, at) => message(at + 1, `lane ${at % 20}`));
    const { run, state, slept } = endpoint(all, async ({ lane, position }) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      lanes.set(lane, [...(lanes.get(lane) ?? []), position]);
      open--;
    });
    await run();
    expect([...lanes.values()].flat().toSorted((a, b) => a - b)).toEqual(all.map(({ position }) => position));
    for (const seen of lanes.values()) expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect([most, state.settled, slept]).toEqual([WEBHOOK_REQUESTS, 100, []]);
    expect(state.saves[0]).toBe(WEBHOOK_WINDOW);
  });

  it('waits longer after each refusal, repeats nothing that was taken, and tells the first refusal as a warning', async () => {
    const taken: number[] = [];
    let refusals = 0;
    const { run, events, delivery, state } = endpoint(
      [1, 2, 3].map((n) => message(n)),
      async ({ position }) => {
        if (position === 2 && refusals < 3) {
          refusals++;
          throw REFUSED;
        }
        taken.push(position);
      },
    );
    await run();
    expect(taken.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(state.nowMs).toBe((2 + 4 + 8) * WEBHOOK_RETRY.firstMs);
    expect(state.saves).toEqual([1, 3]);
    expect(delivery.failure).toBeUndefined();
    const told = events.filter(({ name }) => name === 'webhook-failed');
    expect(told.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug']);
    expect(told[0]?.fields).toEqual({
      endpoint: 'hooks.example',
      code: 'WEBHOOK_REFUSED',
      detail: 'host answered 500',
    });
  });

  it('names since when a receiver fails', async () => {
    const { run, delivery, state, stopping } = endpoint([message(1)], async () => {
      if (state.nowMs > 60_000) stopping.abort();
      throw REFUSED;
    });
    await run();
    expect(delivery.failure).toEqual({ host: 'hooks.example', detail: 'host answered 500', sinceMs: 0 });
  });

  it('never hands over what follows a refused message of the same lane', async () => {
    const taken: number[] = [];
    let refusals = 0;
    const all = [message(1, 'ann'), message(2, 'ann'), message(3, 'bob'), message(4, 'ann')];
    const { run } = endpoint(all, async ({ position }) => {
      if (position === 1 && refusals++ < 2) throw REFUSED;
      taken.push(position);
    });
    await run();
    expect(taken.filter((position) => position !== 3)).toEqual([1, 2, 4]);
  });

  it('gives a message up after a day, says so, and goes on with the next', async () => {
    const taken: number[] = [];
    const { run, events, state } = endpoint([message(1, 'ann'), message(2, 'ann')], async ({ position }) => {
      if (position === 1) throw REFUSED;
      taken.push(position);
    });
    await run();
    expect(taken).toEqual([2]);
    expect(state.nowMs).toBeGreaterThan(WEBHOOK_GIVE_UP_MS);
    expect(state.nowMs).toBeLessThanOrEqual(WEBHOOK_GIVE_UP_MS + WEBHOOK_RETRY.maxMs);
    expect(events.filter(({ name }) => name === 'webhook-given-up')).toEqual([
      {
        name: 'webhook-given-up',
        level: 'error',
        fields: { endpoint: 'hooks.example', id: 'msg_1', code: 'WEBHOOK_REFUSED', detail: 'host answered 500' },
      },
    ]);
  });

  it.each([
    ['that fails', REFUSED, WEBHOOK_GIVE_UP_MS, WEBHOOK_RETRY.maxMs],
    ['that is refused for itself', OWN, WEBHOOK_REFUSED_GIVE_UP_MS, WEBHOOK_RETRY.maxMs],
  ])('lets a message %s hold back its own lane alone', async (_, error, giveUpMs, pauseMaxMs) => {
    const taken = new Map<number, number>();
    const others = Array.from({ length: 10 * WEBHOOK_WINDOW }, (__, at) => message(at + 3));
    const { run, state, slept, events } = endpoint(
      [message(1, 'ann'), message(2, 'ann'), ...others],
      async ({ position }) => {
        if (position === 1) throw error;
        taken.set(position, state.nowMs);
      },
    );
    await run();
    for (const { position } of others) expect(taken.get(position)).toBeLessThanOrEqual(WEBHOOK_RETRY.firstMs * 2);
    expect(taken.get(2)).toBeGreaterThan(giveUpMs);
    // A refusal counts from the second one on, which the others' success makes its own.
    expect(taken.get(2)).toBeLessThanOrEqual(giveUpMs + pauseMaxMs + 2 * WEBHOOK_RETRY.firstMs);
    // After each failure the next pass is two seconds later.
    expect(Math.max(...slept)).toBe(pauseMaxMs - 2 * WEBHOOK_RETRY.firstMs);
    expect(events.filter(({ name }) => name === 'webhook-given-up')).toHaveLength(1);
  });

  it.each([
    ['', 0],
    [', also where the first messages are too old', 2 * WEBHOOK_GIVE_UP_MS],
  ])('asks a receiver that is away no more than a few times in a pass%s', async (_, oldMs) => {
    const old = Array.from({ length: WEBHOOK_REQUESTS }, (__, at) => message(at + 1, `old ${at}`, -oldMs));
    const young = Array.from({ length: 100 }, (__, at) => message(WEBHOOK_REQUESTS + at + 1));
    expect(await askedInOnePass([...old, ...young])).toBe(WEBHOOK_REQUESTS);
  });

  it.each([
    ['everything', false],
    ['all but one message in each pass', true],
  ])('asks a receiver that refuses %s no oftener than a few thousand times in an hour', async (_, takesOne) => {
    const lanes = WEBHOOK_WINDOW_HELD;
    const accepted = Array.from({ length: 300 }, (__, at) => message(lanes + at + 1));
    let [asked, lastMs] = [0, -1];
    const { run, state, stopping } = endpoint(
      [...Array.from({ length: lanes }, (__, at) => message(at + 1)), ...accepted],
      async ({ position }) => {
        await Promise.resolve();
        if (state.nowMs > 3_600_000) stopping.abort();
        asked += 1;
        const isNext = state.nowMs > lastMs && position > lanes;
        if (!takesOne || !isNext) throw OWN;
        lastMs = state.nowMs;
      },
    );
    await run();
    expect(asked).toBeLessThan(4_000);
  });

  it.each([
    ['a wrong secret for an hour and a half', OWN, 90],
    ['an absence of two hours, and refusals at its end', REFUSED, 120],
  ])('loses nothing by %s, and delivers all within minutes', async (_, error, minutes) => {
    const taken: number[] = [];
    const { run, state, events } = endpoint(
      Array.from({ length: 1_000 }, (__, at) => message(at + 1)),
      async ({ position }) => {
        await Promise.resolve();
        if (state.nowMs < minutes * 60_000) throw error;
        if (state.nowMs < (minutes + 5) * 60_000) throw OWN;
        taken.push(position);
      },
    );
    await run();
    expect(taken).toHaveLength(1_000);
    expect(state.nowMs).toBeLessThanOrEqual((minutes + 5) * 60_000 + WEBHOOK_RETRY.maxMs);
    expect(events.filter(({ name }) => name === 'webhook-given-up')).toEqual([]);
  });

  it.each([1, 30])('begins the hour of refusals anew after an absence of a receiver of %i lanes', async (lanes) => {
    const refusedMs: number[] = [];
    const others = Array.from({ length: 2 * lanes }, (_, at) => message(at + 2));
    const { run, state, events } = endpoint([message(1), ...others], async ({ position }) => {
      await Promise.resolve();
      if (position === 1 && state.nowMs < 8_000) throw OWN;
      if (state.nowMs >= 8_000 && state.nowMs < 5_000_000) throw REFUSED;
      if (position > lanes + 1 && state.nowMs < 8_000) throw REFUSED;
      if (state.nowMs > 5_000_000 && position === 1 && refusedMs.push(state.nowMs) < 3) throw OWN;
    });
    await run();
    expect(refusedMs).toHaveLength(3);
    expect(events.filter(({ name }) => name === 'webhook-given-up')).toEqual([]);
  });

  it.each([
    ['one lane', () => 'ann'],
    ['a lane each', (at: number) => `stranger ${at}`],
  ])('lets no window full of refused messages of %s keep others back', async (_, laneOf) => {
    const refused = WEBHOOK_WINDOW_HELD + 30;
    const taken: number[] = [];
    const all = Array.from({ length: refused + 50 }, (__, at) => message(at + 1, at < refused ? laneOf(at) : 'bob'));
    const { run, state, stopping } = endpoint(all, async ({ position }) => {
      await Promise.resolve();
      if (position <= refused) throw OWN;
      if (taken.push(position) === 50) stopping.abort();
    });
    await run();
    expect(taken).toEqual(Array.from({ length: 50 }, (__, at) => refused + at + 1));
    expect(state.nowMs).toBeLessThanOrEqual(300_000);
  });

  it('forgets no refusal because another lane fails', async () => {
    let takenMs = -1;
    const others = Array.from({ length: 150 }, (_, at) => message(at + 4, 'bob', (at + 1) * 600_000));
    const all = [message(1, 'ann'), message(2, 'ann'), message(3, 'mallory'), ...others];
    const { run, state, stopping } = endpoint(all, async ({ position, lane }) => {
      await Promise.resolve();
      if (lane === 'mallory') throw REFUSED;
      if (position === 1) throw OWN;
      if (position === 2) {
        takenMs = state.nowMs;
        stopping.abort();
      }
    });
    await run();
    expect(takenMs).toBeGreaterThan(WEBHOOK_REFUSED_GIVE_UP_MS);
    expect(takenMs).toBeLessThan(WEBHOOK_REFUSED_GIVE_UP_MS + 1_210_000);
  });

  it.each([1, WEBHOOK_REQUESTS, 1_000])(
    'hands over a new message at its bell while %i lanes are refused, and repeats one that failed soon',
    async (refused) => {
      const lateMs: number[] = [];
      const failed = new Set<string>();
      const writtenMs = Array.from({ length: 30 }, (_, at) => at * 97_000 + 600_001);
      const { run, state, stopping } = endpoint(
        [
          ...Array.from({ length: refused }, (_, at) => message(at + 1)),
          ...writtenMs.map((atMs, at) => message(refused + at + 1, at % 5 === 0 ? 'carol' : 'bob', atMs)),
        ],
        async ({ id, lane, writtenMs: atMs }) => {
          await Promise.resolve();
          if (lane.startsWith('lane')) throw OWN;
          if (lane === 'carol' && !failed.has(id)) {
            failed.add(id);
            throw REFUSED;
          }
          lateMs.push(state.nowMs - atMs - (lane === 'carol' ? REPEATED_MS : 0));
          if (lateMs.length === writtenMs.length) stopping.abort();
        },
      );
      await run();
      expect(lateMs).toHaveLength(writtenMs.length);
      expect(failed.size).toBe(6);
      expect(Math.max(...lateMs)).toBeLessThanOrEqual(2 * WEBHOOK_RETRY.firstMs);
    },
  );

  it.each([1, 2, 3])('keeps the order of each lane also behind a full window (seed %i)', async (seed) => {
    let drawn = seed;
    const draw = (bound: number): number => (drawn = (drawn * 48_271) % 2_147_483_647) % bound;
    const all = Array.from({ length: 4 * WEBHOOK_WINDOW_HELD }, (_, at) =>
      message(at + 1, at < WEBHOOK_WINDOW_HELD || draw(3) === 0 ? 'ann' : `lane ${draw(40)}`),
    );
    const taken: WebhookMessage[] = [];
    let heldTries = 0;
    const { run } = endpoint(all, async (one) => {
      await Promise.resolve();
      if (one.position < 3 ? ++heldTries < 16 : draw(20) === 0) throw draw(2) === 0 ? OWN : REFUSED;
      taken.push(one);
    });
    await run();
    const inLanes = (ones: readonly WebhookMessage[]): string[] =>
      ones
        .toSorted((left, right) => (left.lane < right.lane ? -1 : left.lane > right.lane ? 1 : 0))
        .map(({ id, lane }) => `${lane} ${id}`);
    expect(inLanes(taken)).toEqual(inLanes(all));
  });

  it('waits longer while its outbox fails, also if a message failed before', async () => {
    const { run, state, slept } = endpoint([message(1)], async () => {
      if (slept.length > 0) return;
      state.outboxFailures = 3;
      throw OWN;
    });
    await run();
    expect(slept.slice(1)).toEqual([1, 2, 3].map((times) => WEBHOOK_RETRY.firstMs * 2 ** times));
  });

  it('records what was taken once its outbox works again', async () => {
    let posts = 0;
    const { run, state } = endpoint([message(1)], async () => {
      state.outboxFailures = 1;
      posts++;
    });
    await run();
    expect([posts, state.settled]).toEqual([1, 1]);
  });

  it.each([
    ['before the first', [message(8)], 7],
    ['between two', [message(1), message(5), message(9)], 6],
    ['behind one that was taken', [message(1, 'ann'), message(2, 'bob'), message(4, 'bob')], 1],
  ])('says once how many messages fell out of its outbox %s', async (_, left, count) => {
    let failures = 0;
    const { run, events, state } = endpoint(left, async ({ position }) => {
      if (position === left[0]?.position && failures++ < 3) throw REFUSED;
    });
    await run();
    const dropped = events.filter(({ name }) => name === 'webhooks-dropped');
    expect(dropped.reduce((sum, { fields }) => sum + Number(fields['count']), 0)).toBe(count);
    expect(state.settled).toBe(left.at(-1)?.position);
  });

  it('counts no message as dropped that was taken before it fell out', async () => {
    const all = [message(1, 'ann'), message(2), message(3), message(4)];
    const { run, events, slept } = endpoint(all, async ({ position }) => {
      if (position === 1 && slept.length < 2) throw REFUSED;
      // The second one falls out while the first one is held back.
      if (position === 1) all.splice(1, 1);
    });
    await run();
    expect(events.filter(({ name }) => name === 'webhooks-dropped')).toEqual([]);
  });
});
