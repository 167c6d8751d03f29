import type { NewWebhookMessage } from '@surety/workflows';
import { expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { word } from './testing/store-facts.js';

const [ONE, OTHER] = ['11'.repeat(32), '22'.repeat(32)];

function message(n: number): NewWebhookMessage {
  return { id: `msg_${n}`, lane: word(n % 3), writtenMs: 1_700_000_000_000 + n, json: `{"n":${n}}` };
}

const messages = (from: number, to: number): NewWebhookMessage[] =>
  Array.from({ length: to - from + 1 }, (_, at) => message(from + at));

onEachDatabase('messages to webhooks', (opened) => {
  const outbox = () => opened.store.webhooks;
  const idsFor = async (endpoint: string): Promise<string[]> =>
    (await outbox().loadWaiting(endpoint, 100)).messages.map(({ id }) => id);

  it('wait for every endpoint in the order in which they were written, over a restart', async () => {
    expect(await outbox().openEndpoints([ONE, OTHER])).toEqual([ONE, OTHER]);
    await outbox().addMessages(messages(1, 3), 100);
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
    await outbox().addMessages(messages(1, 2), 100);
    await outbox().addMessages(messages(1, 3), 100);
    expect(await idsFor(ONE)).toEqual(['msg_1', 'msg_2', 'msg_3']);
    await outbox().saveSettled(ONE, 3);
    expect(await outbox().loadWaiting(ONE, 5)).toEqual({ after: 3, waiting: 0, messages: [] });
    await outbox().addMessages([message(1)], 100);
    expect((await outbox().loadWaiting(ONE, 5)).messages).toEqual([{ ...message(1), position: 4 }]);
  });

  it('begin for a new endpoint with the next one, and wait no longer for one that is left out', async () => {
    await outbox().openEndpoints([ONE]);
    await outbox().addMessages(messages(1, 2), 100);
    expect(await outbox().openEndpoints([ONE, OTHER])).toEqual([OTHER]);
    await outbox().addMessages([message(3)], 100);
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
    await outbox().addMessages(messages(1, 300), 200);
    await outbox().addMessages(messages(301, 310), 200);
    const { after, waiting, messages: first } = await outbox().loadWaiting(ONE, 1);
    expect({ after, waiting, first: first[0]?.position }).toEqual({ after: 0, waiting: 200, first: 111 });
  });
});
