import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-webhook-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SURETY_CONFIG = join(folder, 'chains.config.json');
writeFileSync(SURETY_CONFIG, JSON.stringify(exampleNetwork()));
const SURETY_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

const run = (more: Readonly<Record<string, string>>, ...words: string[]) =>
  runSurety(['webhook', ...(words.includes('test') ? [] : ['secrets']), ...words], {
    environment: { SURETY_CONFIG, ...more },
  });

interface Posted {
  readonly path: string;
  readonly id: string;
  readonly body: unknown;
}

/** A receiver that answers with a status, and what it was posted. */
async function startReceiver(status: number): Promise<{ readonly url: string; readonly posted: readonly Posted[] }> {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      posted.push({ path: request.url ?? '', id: String(request.headers['webhook-id']), body: JSON.parse(text) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, posted };
}

describe('surety webhook secrets', () => {
  it('shows each receiver by its host, with a secret that is its own', async () => {
    const SURETY_WEBHOOK_URLS = 'https://a.example/token-in-the-path,https://b.example:8443';
    const { output } = await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET });
    const lines = output.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/whsec_.{44}$/, 'whsec'))).toEqual([
      '1. a.example  whsec',
      '2. b.example:8443  whsec',
    ]);
    expect(new Set(lines.map((line) => line.slice(-50))).size).toBe(2);
    expect(output).not.toContain('token');
    expect(output).not.toContain(SURETY_WEBHOOK_SECRET);
    const { receivers } = JSON.parse((await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET }, '--json')).output) as {
      receivers: { host: string }[];
    };
    expect(receivers.map(({ host }) => host)).toEqual(['a.example', 'b.example:8443']);
  });

  it('says what is missing', async () => {
    expect((await run({})).told).toMatch(/BAD_USE: SURETY_WEBHOOK_URLS and SURETY_WEBHOOK_URLS_FILE name no receiver/);
    const { told } = await run({ SURETY_WEBHOOK_URLS: 'https://a.example' });
    expect(told).toMatch(/SURETY_WEBHOOK_SECRET: seen nothing; expected whsec_/);
  });
});

describe('surety webhook test', () => {
  it('posts each receiver a message of its own that stands for nothing', async () => {
    const [first, second] = [await startReceiver(204), await startReceiver(200)];
    const SURETY_WEBHOOK_URLS = `${first.url},${second.url}`;
    const { code, output } = await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET }, 'test');
    expect([code, output]).toEqual([
      0,
      `1. ${new URL(first.url).host}  took the message\n2. ${new URL(second.url).host}  took the message\n`,
    ]);
    const posted = [...first.posted, ...second.posted];
    expect(posted.map(({ path, body }) => [path, body])).toEqual(
      [1, 2].map((number) => [
        '/token',
        { type: 'endpoint.tested', timestamp: '2027-01-15T08:00:00.000Z', data: { number } },
      ]),
    );
    expect(new Set(posted.map(({ id }) => id)).size).toBe(2);
  });

  it('names who refuses and who is away, by host alone, asks all the same, and may be tried again', async () => {
    const refusing = await startReceiver(401);
    const SURETY_WEBHOOK_URLS = `http://127.0.0.1:9/token,${refusing.url}`;
    const { code, output, told } = await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET }, 'test');
    const { host } = new URL(refusing.url);
    expect(code).toBe(75);
    expect(output).toContain(`2. ${host}  ${host} answered 401 to a message; expected 200 to 299`);
    expect(output).toContain('1. 127.0.0.1:9  127.0.0.1:9 did not take a message: ');
    expect(told).toContain(`2 of 2 receivers took no message: 127.0.0.1:9, ${host}; mend them (runbook 19)`);
    expect(output + told).not.toMatch(/\/token|whsec/);
    const json = await run({ SURETY_WEBHOOK_URLS: refusing.url, SURETY_WEBHOOK_SECRET }, 'test', '--json');
    expect(JSON.parse(json.output)).toMatchObject({ receivers: [{ number: 1, host, taken: false }] });
  });

  it('says what is missing', async () => {
    expect((await run({}, 'test')).told).toMatch(/BAD_USE: SURETY_WEBHOOK_URLS and .* name no receiver/);
  });
});
