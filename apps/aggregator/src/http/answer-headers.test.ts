import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { CorsOrigins } from '@surety/config';
import { afterEach, describe, expect, it } from 'vitest';
import { QUOTE_READS, READ_BURST, READ_PER_SECOND } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

const MARGIN = `/v1/accounts/${ALICE}/margin`;
const PAGE = 'https://app.example.org';

let test: TestApp;

afterEach(() => test.close());

type Ask = { method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST'; headers?: Record<string, string>; remoteAddress?: string };

function ask(url: string, { method = 'GET', ...rest }: Ask = {}) {
  return test.app.inject({ method, url, ...rest });
}

describe('pages of other origins', () => {
  const start = async (corsOrigins?: CorsOrigins): Promise<void> => {
    test = await startTestApp(corsOrigins === undefined ? {} : { corsOrigins });
  };

  it('may read, and are shown the headers that they need', async () => {
    await start();
    const { headers } = await ask('/v1/status', { headers: { origin: PAGE } });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']).toMatch(/etag, retry-after, ratelimit-limit/);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const refused = await ask('/v1/accounts/0x12', { headers: { origin: PAGE } });
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([400, '*']);
  });

  it('are answered 204 before they read', async () => {
    await start();
    const headers = { origin: PAGE, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x' };
    const answer = await ask(MARGIN, { method: 'OPTIONS', headers });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      allow: 'GET',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'content-type, if-none-match, last-event-id, cache-control',
      'access-control-max-age': '600',
    });
  });

  it('may neither post what attesters post nor read metrics', async () => {
    await start();
    const headers = { origin: PAGE, 'access-control-request-method': 'POST' };
    const statements = await ask('/v1/statements', { method: 'OPTIONS', headers });
    expect([statements.statusCode, statements.headers['access-control-allow-origin']]).toEqual([405, undefined]);
    const entries = await ask(`/v1/edges/${ALICE}/entries`, { method: 'OPTIONS', headers });
    expect([entries.statusCode, entries.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD']);
    const posted = await ask('/v1/statements', { method: 'POST', headers: { origin: PAGE } });
    expect(posted.headers['access-control-allow-origin']).toBeUndefined();
    const metrics = await ask('/metrics', { headers: { origin: PAGE } });
    expect(metrics.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/nothing', { method: 'OPTIONS', headers })).statusCode).toBe(404);
  });

  it('may read only if they are listed, where some are', async () => {
    await start([PAGE]);
    const listed = await ask('/v1/status', { headers: { origin: PAGE } });
    expect(listed.headers).toMatchObject({ 'access-control-allow-origin': PAGE });
    const other = await ask('/v1/status', { headers: { origin: `${PAGE}.evil.example` } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    for (const { headers } of [listed, other]) expect(headers['vary']).toContain('origin');
  });

  it('may read nothing where none may', async () => {
    await start('none');
    const { headers } = await ask('/v1/status', { headers: { origin: PAGE } });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a copy that a reader keeps', () => {
  it('is confirmed by its tag until a block changes the answer', async () => {
    test = await startTestApp();
    const ledger = new TestLedger(test);
    await ledger.credit();
    const first = await ask(MARGIN);
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
    expect(first.headers['cache-control']).toBe('public, no-cache');
    for (const tag of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await ask(MARGIN, { headers: { 'if-none-match': tag } });
      expect([tag, again.statusCode, again.body, again.headers['etag']]).toEqual([tag, 304, '', etag]);
    }
    expect((await ask(MARGIN, { headers: { 'if-none-match': '"other"' } })).statusCode).toBe(200);
    test.reader.add();
    await test.follower.advance();
    const later = await ask(MARGIN, { headers: { 'if-none-match': etag } });
    expect(later.statusCode).toBe(200);
    expect(later.headers['etag']).not.toBe(etag);
  });

  it('is never one of a refusal, of metrics or of health', async () => {
    test = await startTestApp();
    for (const url of ['/v1/accounts/0x12', MARGIN, '/metrics', '/health/live']) {
      const { headers } = await ask(url, { headers: { 'if-none-match': '*' } });
      expect([url, headers['cache-control'], headers['etag']]).toEqual([url, 'no-store', undefined]);
    }
  });
});

describe('a long answer', () => {
  it('is compressed as its reader accepts, with one tag', async () => {
    test = await startTestApp();
    await new TestLedger(test).credit();
    const plain = await ask(MARGIN);
    const gzip = await ask(MARGIN, { headers: { 'accept-encoding': 'gzip' } });
    const brotli = await ask(MARGIN, { headers: { 'accept-encoding': 'gzip, br' } });
    expect([plain, gzip, brotli].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br']);
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(plain.body);
    expect(gzip.rawPayload.length).toBeLessThan(plain.body.length / 2);
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers['etag'])).size).toBe(1);
    expect(gzip.headers['vary']).toContain('accept-encoding');
  });

  it('is packed once where it is a file, and never anew for whoever takes brotli alone', async () => {
    test = await startTestApp();
    for (const url of ['/openapi.json', '/docs/swagger-ui-bundle.js']) {
      const encodings = await Promise.all(
        ['br', 'br, gzip', 'identity'].map(async (encoding) => {
          const { headers } = await ask(url, { headers: { 'accept-encoding': encoding } });
          return headers['content-encoding'];
        }),
      );
      expect([url, ...encodings]).toEqual([url, undefined, 'gzip', undefined]);
    }
  });

  it('is no reason to unpack what is posted', async () => {
    test = await startTestApp();
    const answer = await test.app.inject({
      method: 'POST',
      url: '/v1/statements',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      payload: gzipSync('{"statements":[]}'),
    });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'MALFORMED']);
  });
});

describe('every answer', () => {
  it.each(['/v1/status', '/nothing', '/metrics', '/v1/entries/%zz', '/openapi.json', '/docs'])(
    'says of %s that nothing in it may be guessed at, framed or followed from',
    async (url) => {
      test = await startTestApp();
      const { headers } = await ask(url);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
        'referrer-policy': 'no-referrer',
      });
    },
  );
});

describe('the budget of reads', () => {
  it('is told with every read, and refills with time', async () => {
    test = await startTestApp();
    const far = { remoteAddress: '203.0.113.7' };
    const rate = async (url: string) => {
      const { headers, statusCode } = await ask(url, far);
      const [remaining, reset] = [headers['ratelimit-remaining'], headers['ratelimit-reset']].map(Number);
      return { statusCode, limit: headers['ratelimit-limit'], remaining, reset, retry: headers['retry-after'] };
    };
    const told = await ask('/v1/chains', far);
    expect(told.headers['ratelimit-policy']).toBe(`${READ_BURST};w=${READ_BURST / READ_PER_SECOND}`);
    expect(await rate('/v1/chains')).toMatchObject({ limit: String(READ_BURST), remaining: READ_BURST - 2, reset: 1 });
    expect(await rate('/v1/quote/release')).toMatchObject({ remaining: READ_BURST - 2 - QUOTE_READS });
    for (let left = READ_BURST - 2 - QUOTE_READS; left > 0; left--) await ask('/v1/chains', far);
    expect(await rate('/v1/chains')).toEqual({
      statusCode: 429,
      limit: String(READ_BURST),
      remaining: 0,
      reset: 10,
      retry: '1',
    });
    test.clock.nowValueMs += 10_000;
    expect(await rate('/v1/chains')).toMatchObject({ statusCode: 200, remaining: READ_BURST - 1 });
    expect((await ask('/v1/chains')).headers['ratelimit-limit']).toBeUndefined();
  });

  it('is spent by files and by what is not there too, but not by health', async () => {
    test = await startTestApp();
    const far = { remoteAddress: '203.0.113.7' };
    const urls = ['/docs', '/docs/start.js', '/openapi.json', '/ui/', '/nothing', '/metrics', '/'];
    for (const [at, url] of urls.entries()) {
      const { headers } = await ask(url, far);
      expect([url, headers['ratelimit-remaining']]).toEqual([url, String(READ_BURST - 1 - at)]);
    }
    for (let left = READ_BURST - urls.length; left > 0; left--) await ask('/docs/start.js', far);
    expect((await ask('/docs/swagger-ui-bundle.js', far)).statusCode).toBe(429);
    expect((await ask('/health/live', far)).statusCode).toBe(200);
  });

  it('is one for all addresses of an IPv6 network, and for both spellings of an IPv4 address', async () => {
    test = await startTestApp();
    const left = async (remoteAddress: string): Promise<string | undefined> =>
      String((await ask('/v1/chains', { remoteAddress })).headers['ratelimit-remaining']);
    const addresses = ['2001:db8:1:2::1', '2001:DB8:1:2:9::', '2001:db8:1:3::1', '203.0.113.7', '::ffff:203.0.113.7'];
    const remaining: unknown[] = [];
    for (const address of addresses) remaining.push(await left(address));
    expect(remaining).toEqual([1, 2, 1, 1, 2].map((reads) => String(READ_BURST - reads)));
  });
});
