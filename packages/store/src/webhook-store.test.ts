import type { NewWebhookMessage } from '@surety/workflows';
import { expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { word } from './testing/store-facts.js';

const [ONE, OTHER] = ['11'.repeat(32), '22'.repeat(32)];

function message(n: number): NewWebhookMessage {
  return { id: `msg_${n}`, lane: word(n % 3), writtenMs: 1_700_000_000_000 + n, json: `{"n":${n}}` };
}

/** Room for all. */
const KEPT = { all: 100_000, ofLane: 1_000 };

const messages = (from: number, to: number): NewWebhookMessage[] =>
  Array.from({ length: to - from + 1 }, (_, at) => message(from + at));

onEachDatabase('messages to webhooks', (opened) => {
  const outbox = () => opened.store.webhooks;
  const idsFor = async (endpoint: string): Promise<string[]> =>
    (await outbox().loadWaiting(endpoint, 100)).messages.map(({ id }) => id);

  it('wait for every endpoint in the order in which they were written, over a restart', async () => {
    expect(await outbox().openEndpoints([ONE, OTHER])).toEqual([ONE, OTHER]);
    await outbox().addMessages(messages(1, 3), KEPT);
    await opened.store.close();
    opened.store = await openStore(opened.database.url);
    expect(await outbox().openEndpoints([ONE, OTHER])).toEqual([]);
    expect(await outbox().loadWaiting(ONE, 2)).toEqual({
      after: 0,
      waiting: 3,
      messages: [1, 2].map((n) => ({ ...message(n), position: n })),
    });
    expect((await outbox().loadBehind(1, 1)).map(({ id }) => id)).toEqual(['msg_2']);
    await outbox().saveSettled(ONE, 2);
    expect(await idsFor(ONE)).toEqual(['msg_3']);
    expect(await idsFor(OTHER)).toEqual(['msg_1', 'msg_2', 'msg_3']);
  });

  it('are added once while they wait, and again under a new position once they are gone', async () => {
    await outbox().openEndpoints([ONE]);
    await outbox().addMessages(messages(1, 2), KEPT);
    await outbox().addMessages(messages(1, 3), KEPT);
    expect(await idsFor(ONE)).toEqual(['msg_1', 'msg_2', 'msg_3']);
    await outbox().saveSettled(ONE, 3);
    expect(await outbox().loadWaiting(ONE, 5)).toEqual({ after: 3, waiting: 0, messages: [] });
    await outbox().addMessages([message(1)], KEPT);
    expect((await outbox().loadWaiting(ONE, 5)).messages).toEqual([{ ...message(1), position: 4 }]);
  });

  it('begin for a new endpoint with the next one, and wait no longer for one that is left out', async () => {
    await outbox().openEndpoints([ONE]);
    await outbox().addMessages(messages(1, 2), KEPT);
    expect(await outbox().openEndpoints([ONE, OTHER])).toEqual([OTHER]);
    await outbox().addMessages([message(3)], KEPT);
    expect(await idsFor(ONE)).toEqual(['msg_1', 'msg_2', 'msg_3']);
    expect(await idsFor(OTHER)).toEqual(['msg_3']);
    await outbox().openEndpoints([OTHER]);
    expect(await idsFor(OTHER)).toEqual(['msg_3']);
    // What waited for the endpoint that went is gone: it starts anew if it comes back.
    expect(await outbox().openEndpoints([OTHER, ONE])).toEqual([ONE]);
    expect(await idsFor(ONE)).toEqual([]);
    expect(await outbox().openEndpoints([])).toEqual([]);
  });

  it('drop the oldest of too many', async () => {
    await outbox().openEndpoints([ONE]);
    await outbox().addMessages(messages(1, 300), { ...KEPT, all: 200 });
    await outbox().addMessages(messages(301, 310), { ...KEPT, all: 200 });
    const { after, waiting, messages: first } = await outbox().loadWaiting(ONE, 1);
    expect({ after, waiting, first: first[0]?.position }).toEqual({ after: 0, waiting: 200, first: 111 });
  });

  it('drop the oldest of too many of one lane, and leave all others', async () => {
    await outbox().openEndpoints([ONE]);
    const one = (n: number): NewWebhookMessage => ({ ...message(n), lane: word(9) });
    await outbox().addMessages([...messages(1, 6), one(7), message(8), one(9)], KEPT);
    const kept = { ...KEPT, ofLane: 3 };
    await outbox().addMessages([one(10), one(11)], kept);
    expect(await idsFor(ONE)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 11].map((n) => `msg_${n}`));
    await outbox().addMessages(
      Array.from({ length: 300 }, (_, at) => one(100 + at)),
      kept,
    );
    expect((await idsFor(ONE)).slice(-4)).toEqual(['msg_8', 'msg_397', 'msg_398', 'msg_399']);
    await outbox().addMessages([], kept);
    // The next one of a lane with four leaves three.
    await outbox().addMessages([{ ...message(12), lane: word(2) }], { ...KEPT, ofLane: 2 });
    expect((await outbox().loadWaiting(ONE, 100)).messages.map(({ id, position }) => [id, position])).toEqual([
      ['msg_1', 1],
      ['msg_3', 3],
      ['msg_4', 4],
      ['msg_6', 6],
      ['msg_8', 8],
      ['msg_397', 309],
      ['msg_398', 310],
      ['msg_399', 311],
      ['msg_12', 312],
    ]);
  });
});
