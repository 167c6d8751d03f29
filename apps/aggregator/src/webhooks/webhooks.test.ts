import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { healthCrossingView, webhookMessageView } from '@surety/api';
import { Secret } from '@surety/config';
import { type AppError, type BlockHeight, blockHash, bytes32, chainId } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type Store, openStore } from '@surety/store';
import { postWebhook } from '@surety/telemetry';
import type { HealthNotice, ObservedEvent } from '@surety/workflows';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Webhooks } from './webhooks.js';

/** Pause before another attempt, instead of seconds. */
const RETRY_MS = 5;
const MESSAGE = { id: 'msg_1', json: '{}' };
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Received {
  readonly id: string;
  readonly message: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

let folder: string;
let store: Store;
let events: ObservedEvent[];
let observed: (() => void)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-webhooks-'));
  store = await openStore(`sqlite:${join(folder, 'store.sqlite')}`);
  [events, observed] = [[], []];
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves with the first event of a name that some fields are those of. */
async function eventNamed(name: string, fields: ObservedEvent['fields'] = {}): Promise<ObservedEvent> {
  for (;;) {
    const found = events.find(
      (event) => event.name === name && Object.entries(fields).every(([field, value]) => event.fields[field] === value),
    );
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => void observed.push(resolve));
  }
}

/** A receiver that believes only what is signed; `answer` may refuse. */
async function receiver(answer: (count: number, response: ServerResponse) => number = () => 204) {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const message = new Webhook(SECRET).verify(
        body,
        request.headers as Record<string, string>,
      ) as Received['message'];
      const status = answer(++count, response);
      if (status < 300) received.push({ id: String(request.headers['webhook-id']), message });
      response.writeHead(status).end();
      for (const wake of waiting.splice(0)) wake();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const until = async (wanted: number): Promise<readonly Received[]> => {
    while (received.length < wanted) await new Promise<void>((resolve) => void waiting.push(resolve));
    return received;
  };
  return { url: `http://127.0.0.1:${port}/in/token-in-the-path`, until, attempts: () => count };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Opens messages to some receivers and delivers until the test ends. */
async function deliverTo(urls: readonly string[]): Promise<{ webhooks: Webhooks; stop: () => Promise<void> }> {
  const webhooks = new Webhooks({
    settings: { receivers: urls.map((url) => ({ url: new Secret(url), secret: new Secret(SECRET) })) },
    outbox: store.webhooks,
    clock: {
      ...systemClock,
      elapsedMs: () => 1_000 * systemClock.elapsedMs(),
      sleep: (_, signal) => systemClock.sleep(RETRY_MS, signal),
    },
    observer: {
      observe: (event) => {
        events.push(event);
        for (const wake of observed.splice(0)) wake();
      },
    },
  });
  await webhooks.open();
  const stopping = new AbortController();
  const loops = webhooks.start(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(loops);
  };
  onTestFinished(stop);
  return { webhooks, stop };
}

function notice(account: number, step = '1.2', direction: HealthNotice['direction'] = 'down'): HealthNotice {
  const hash = blockHash(`0x${'ab'.repeat(32)}`);
  const block = { chainId: chainId(99), height: 7n as BlockHeight, hash, timestamp: 1_800_000_000n };
  return {
    account: bytes32(`0x${account.toString(16).padStart(64, '0')}`),
    step,
    direction,
    aM: 2n ** 130n,
    qM: 3n,
    block,
  };
}

describe('webhooks', () => {
  it('tell a new receiver that it was added, then every crossing, signed as Standard Webhooks has it', async () => {
    const { url, until } = await receiver();
    const { webhooks } = await deliverTo([url]);
    await webhooks.addCrossings([notice(1), notice(2, '1')]);
    const received = await until(3);
    const [added, ...crossed] = received.map(({ message }) => message);
    expect(added).toMatchObject({ type: 'endpoint.added', data: { endpoints: 1, added: 1 } });
    expect(new Set(crossed.map(({ data }) => data['step']))).toEqual(new Set(['1', '1.2']));
    for (const { message } of received) expect(webhookMessageView.safeParse(message).success).toBe(true);
    const told = crossed.find(({ data }) => data['step'] === '1.2');
    expect(told?.timestamp).toBe('2027-01-15T08:00:00.000Z');
    expect(healthCrossingView.parse(told?.data)).toEqual(notice(1));
  });

  it('carry the same id for the same crossing, and others for others', async () => {
    const { url, until } = await receiver();
    const { webhooks } = await deliverTo([url]);
    await eventNamed('webhooks-waiting', { count: 0 });
    events = [];
    await webhooks.addCrossings([notice(1)]);
    await eventNamed('webhooks-waiting', { count: 0 });
    // After a crash between the outbox and the mark the same crossing is announced again.
    await webhooks.addCrossings([notice(1), notice(1, '1.05'), notice(1, '1.2', 'up'), notice(2)]);
    const [, first, again, ...others] = await until(6);
    expect(again?.id).toBe(first?.id);
    expect(new Set([first, ...others].map((message) => message?.id))).toHaveProperty('size', 4);
  });

  it('outlive a restart: what was not taken is delivered by the next process', async () => {
    let isAway = true;
    const { url, until } = await receiver(() => (isAway ? 503 : 200));
    const { webhooks, stop } = await deliverTo([url]);
    await webhooks.addCrossings([notice(1)]);
    await eventNamed('webhook-failed');
    await stop();
    await store.close();
    store = await openStore(`sqlite:${join(folder, 'store.sqlite')}`);
    isAway = false;
    await deliverTo([url]);
    expect(new Set((await until(2)).map(({ message }) => message.type))).toEqual(
      new Set(['endpoint.added', 'health.crossed']),
    );
  });

  it('of one account push out its own oldest alone, which is said', async () => {
    let isAway = true;
    const { url, until } = await receiver(() => (isAway ? 503 : 200));
    const { webhooks } = await deliverTo([url]);
    await webhooks.addCrossings([notice(1)]);
    for (let at = 0; at < 20; at++) await webhooks.addCrossings([notice(2, `1.${at}`)]);
    await webhooks.addCrossings([notice(3)]);
    isAway = false;
    await eventNamed('webhooks-waiting', { count: 0 });
    const received = (await until(19)).flatMap(({ message }) =>
      message.type === 'health.crossed' ? [message.data] : [],
    );
    const steps = received.filter(({ account }) => account === notice(2).account).map(({ step }) => step);
    expect(steps.slice(-16)).toEqual(Array.from({ length: 16 }, (_, at) => `1.${at + 4}`));
    expect(new Set(received.map(({ account }) => account))).toHaveProperty('size', 3);
    expect(Number((await eventNamed('webhooks-dropped')).fields['count'])).toBeGreaterThan(0);
  });

  it('are given again to a receiver that refused, and never follow a redirect', async () => {
    const { url, until, attempts } = await receiver((count, response) => {
      if (count > 1) return 200;
      response.setHeader('location', 'http://127.0.0.1:1/elsewhere');
      return 307;
    });
    await deliverTo([url]);
    expect(await until(1)).toHaveLength(1);
    expect(attempts()).toBe(2);
    const { host } = new URL(url);
    expect((await eventNamed('webhook-failed')).fields).toEqual({
      endpoint: host,
      code: 'WEBHOOK_REFUSED',
      detail: `${host} answered 307 to a message; expected 200 to 299; look at the receiver, and at SURETY_WEBHOOK_URLS and its secret`,
    });
  });

  it('are refused for themselves by a 4xx that says nothing of secret, address, time or number', async () => {
    const own: number[] = [];
    for (const status of [307, 400, 401, 403, 404, 408, 410, 422, 429, 500]) {
      const { url } = await receiver(() => status);
      const target = { url, secret: SECRET, nowMs: () => systemClock.nowMs() };
      const posted = postWebhook(target, MESSAGE, new AbortController().signal);
      const error: unknown = await posted.catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'WEBHOOK_REFUSED' });
      if (!(error as AppError).retryable) own.push(status);
    }
    expect(own).toEqual([400, 410, 422]);
  });

  it('leave nothing on a signal that outlives them, and tell a receiver that is silent', async () => {
    const { signal } = new AbortController();
    const [combine, limit] = [vi.spyOn(AbortSignal, 'any'), vi.spyOn(AbortSignal, 'timeout')];
    onTestFinished(() => void vi.restoreAllMocks());
    const { url } = await receiver();
    const post = () => postWebhook({ url, secret: SECRET, nowMs: () => systemClock.nowMs() }, MESSAGE, signal);
    await post();
    expect([getEventListeners(signal, 'abort').length, combine.mock.calls]).toEqual([0, []]);
    const over = new AbortController();
    limit.mockReturnValue(over.signal);
    const silent = post();
    over.abort(new DOMException('', 'TimeoutError'));
    await expect(silent).rejects.toThrow(`${new URL(url).host} did not take a message: no answer within 10 s`);
  });

  it('name a receiver that is away by its host alone', async () => {
    const { webhooks } = await deliverTo(['http://127.0.0.1:9/token-in-the-path']);
    await eventNamed('webhook-failed');
    expect(webhooks.failures[0]).toMatchObject({
      host: '127.0.0.1:9',
      detail: expect.not.stringContaining('token') as string,
    });
    expect(
      JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toMatch(/token-in-the-path|whsec/);
  });

  it('write nothing where no receiver is configured', async () => {
    const { webhooks } = await deliverTo([]);
    await webhooks.addCrossings([notice(1)]);
    await store.webhooks.openEndpoints(['late']);
    expect(await store.webhooks.loadWaiting('late', 1)).toEqual({ after: 0, waiting: 0, messages: [] });
  });
});
