import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUCTION_READS, EXPLAIN_READS, HISTORY_READS, QUOTE_READS, READ_BURST } from '../limits.js';
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
  it.each([
    ['/v1/%63hains', 1],
    ['/%761/chains', 1],
    ['/%76%31/%63hains', 1],
    ['/%761/quote/release', QUOTE_READS],
    ['/v1/%71uote/release', QUOTE_READS],
    ['/v1/%61uctions', AUCTION_READS],
    ['/v1/%65xplain/doge', EXPLAIN_READS],
    ['/v1/accounts/doge/%68istory', HISTORY_READS],
    [`/v1/auctions/0x${'ab'.repeat(32)}`, AUCTION_READS],
  ])('%s costs what its route costs', async (url, reads) => {
    const { headers } = await test.app.inject({ method: 'GET', url, ...FAR });
    expect(headers['ratelimit-remaining']).toBe(String(READ_BURST - reads));
  });

  it('reads past the budget under no spelling', async () => {
    for (let left = READ_BURST; left > 0; left--) await test.app.inject({ method: 'GET', url: '/v1/chains', ...FAR });
    const spellings = ['/v1/chains', '/%761/chains'];
    const answers = spellings.map((url) => test.app.inject({ method: 'GET', url, ...FAR }));
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([429, 429]);
  });

  it('shows metrics to no page of another origin', async () => {
    const headers = { origin: 'https://app.example.org' };
    const answer = await test.app.inject({ method: 'GET', url: '/%6Detrics', headers });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });
});
