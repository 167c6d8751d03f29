import { type Socket, connect } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type HealthServer, startHealthServer } from './start-health-server.js';

const [LIFE_MS, HELD] = [10_000, 64];
let server: HealthServer;
let sockets: Socket[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sockets = [];
  // More than a socket's buffers take.
  const pages = new Map([['/large', () => 'x'.repeat(8_000_000)]]);
  const readiness = () => ({ ready: true, reasons: [] });
  server = await startHealthServer({ host: '127.0.0.1', port: 0, readiness, registry: new Registry(), pages });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
  vi.useRealTimers();
});

interface Held {
  readonly socket: Socket;
  /** Resolves once the bytes are sent, or the connection is refused. */
  readonly sent: Promise<unknown>;
  readonly closed: Promise<unknown>;
}

/** Opens a connection, sends these bytes and reads nothing. */
function hold(bytes: string): Held {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const sent = new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  return { socket, sent, closed };
}

/** Asks for liveness on a connection of its own, and returns all that came until its end. */
async function ask(): Promise<string> {
  const { socket, closed } = hold('GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n');
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString()));
  await closed;
  return text;
}

it('answers one request on a connection, and ends it', async () => {
  expect(await ask()).toMatch(/^HTTP\/1\.1 200 OK[^]*connection: close/i);
});

it.each([
  ['sends half a head', 'GET /large HTTP/1.1\r\nhost: a\r\n'],
  ['reads no answer', 'GET /large HTTP/1.1\r\nhost: a\r\n\r\n'],
])('ends the connections of one that %s, and has room for another', async (_, sent) => {
  const held = Array.from({ length: HELD }, () => hold(sent));
  await Promise.all(held.map((one) => one.sent));
  expect(await ask()).toBe('');
  await vi.advanceTimersByTimeAsync(LIFE_MS);
  for (const { socket } of held) socket.resume();
  expect(await Promise.all(held.map(({ closed }) => closed))).toHaveLength(HELD);
  expect(await ask()).toContain('200 OK');
});
