import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The aggregator's secret, of which each receiver has a part of its own. */
const KEY = Buffer.alloc(32, 9);

/** A message whose signature was right. */
export interface ReceivedMessage {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A receiver of webhooks that checks signatures by itself. */
export interface WebhookReceiver {
  /** What an aggregator needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it verifies with. */
  readonly secret: string;
  /** What it has taken, a repeated id once. */
  readonly taken: readonly ReceivedMessage[];
  /** How often it has refused. */
  readonly refusals: () => number;
  /** From now on it takes what is signed. */
  open(): void;
  close(): void;
}

/** Starts a receiver that answers 503 until it is opened. */
export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const taken: ReceivedMessage[] = [];
  let [isOpen, refusals, url] = [false, 0, ''];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const [id, at, signature] = ['id', 'timestamp', 'signature'].map((name) =>
        String(request.headers[`webhook-${name}`]),
      );
      const expected = `v1,${createHmac('sha256', ownKeyOf(url)).update(`${id}.${at}.${body}`).digest('base64')}`;
      const isSigned = timingSafeEqual(Buffer.from(signature ?? ''), Buffer.from(expected));
      const isTaken = isOpen && isSigned;
      if (!isTaken) refusals++;
      else if (taken.every((message) => message.id !== id))
        taken.push({ id: id ?? '', ...(JSON.parse(body) as Omit<ReceivedMessage, 'id'>) });
      response.writeHead(isTaken ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/surety`;
  return {
    environment: {
      SURETY_WEBHOOK_URLS: url,
      SURETY_WEBHOOK_SECRET: `whsec_${KEY.toString('base64')}`,
    },
    secret: `whsec_${ownKeyOf(url).toString('base64')}`,
    taken,
    refusals: () => refusals,
    open: () => {
      isOpen = true;
    },
    close: () => void server.close(),
  };
}

/** The key of one receiver, as docs/OPERATIONS.md has it. */
function ownKeyOf(url: string): Buffer {
  return createHmac('sha256', KEY).update(`surety webhook receiver ${url}`).digest();
}
