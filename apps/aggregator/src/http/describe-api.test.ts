import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
});

afterEach(() => test.close());

describe('the description of the interface', () => {
  it('describes every route as OpenAPI, and on a page', async () => {
    const answer = await test.app.inject({ method: 'GET', url: '/openapi.json' });
    const document = answer.json<{ paths: Record<string, Record<string, { requestBody?: unknown }>> }>();
    expect(Object.keys(document.paths).sort()).toMatchInlineSnapshot(`
      [
        "/",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/v1",
        "/v1/accounts",
        "/v1/accounts/{account}",
        "/v1/accounts/{account}/margin",
        "/v1/accounts/{account}/proof",
        "/v1/auctions",
        "/v1/auctions/{account}",
        "/v1/chains",
        "/v1/edges",
        "/v1/edges/{edge}/entries",
        "/v1/edges/{edge}/payments",
        "/v1/edges/{edge}/statements",
        "/v1/entries/{id}",
        "/v1/events",
        "/v1/markets",
        "/v1/markets/{market}",
        "/v1/quote/release",
        "/v1/solvency",
        "/v1/sources/{source}/orphans",
        "/v1/sources/{source}/parked",
        "/v1/statements",
        "/v1/status",
        "/v1/witnesses",
      ]
    `);
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...(test.answers?.routes ?? [])].sort());
    expect(document.paths['/v1/statements']?.['post']?.requestBody).toBeDefined();
    const named = Object.keys((document as { components?: { schemas?: object } }).components?.schemas ?? {});
    const asked = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((name) => !named.includes(name ?? ''))).toEqual([]);
    const page = await test.app.inject({ method: 'GET', url: '/docs' });
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain('/v1/accounts/{account}/margin');
  });
});
