import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QUOTE_READS, READ_BURST } from '../limits.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';

/** An address that is not on the loopback, so that it has a budget. */
const FAR = { remoteAddress: '203.0.113.7' };
let test: TestApp;

beforeEach(async () => {
  // Measured: a path that is spelt otherwise is none of the described ones.
  test = await startTestApp({ measured: true });
});

afterEach(() => test.close());

/** The router decodes a path before it matches (find-my-way's safeDecodeURI); request.url stays as it was sent. */
describe('a path whose letters are percent-encoded', () => {
  it.each(['/v1/%63hains', '/%761/chains', '/%76%31/%63hains'])('%s is nowhere, or costs what its route costs', async (url) => {
    const { statusCode, headers } = await test.app.inject({ method: 'GET', url, ...FAR });
    if (statusCode !== 404) expect(headers['ratelimit-remaining']).toBe(String(READ_BURST - 1));
  });

  it.each(['/%761/quote/release', '/v1/%71uote/release'])('%s costs as much as a quote', async (url) => {
    const { statusCode, headers } = await test.app.inject({ method: 'GET', url, ...FAR });
    if (statusCode !== 404) expect(headers['ratelimit-remaining']).toBe(String(READ_BURST - QUOTE_READS));
  });

  it('reads past the budget under no spelling', async () => {
    for (let left = READ_BURST; left > 0; left--) await test.app.inject({ method: 'GET', url: '/v1/chains', ...FAR });
    expect((await test.app.inject({ method: 'GET', url: '/v1/chains', ...FAR })).statusCode).toBe(429);
    const { statusCode } = await test.app.inject({ method: 'GET', url: '/%761/chains', ...FAR });
    expect([404, 429]).toContain(statusCode);
  });

  it('shows metrics to no page of another origin', async () => {
    const headers = { origin: 'https://app.example.org' };
    const answer = await test.app.inject({ method: 'GET', url: '/%6Detrics', headers });
    if (answer.statusCode === 200) expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});
