import { brotliDecompressSync, gunzipSync } from 'node:zlib';
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
        "/v1/accounts/{account}/health",
        "/v1/accounts/{account}/history",
        "/v1/accounts/{account}/margin",
        "/v1/accounts/{account}/proof",
        "/v1/accounts/{account}/protocols",
        "/v1/accounts/{account}/what-if",
        "/v1/assets",
        "/v1/attesters",
        "/v1/auctions",
        "/v1/auctions/{account}",
        "/v1/chains",
        "/v1/contracts",
        "/v1/contradictions",
        "/v1/edges",
        "/v1/edges/{edge}/entries",
        "/v1/edges/{edge}/payments",
        "/v1/edges/{edge}/statements",
        "/v1/entries/{id}",
        "/v1/events",
        "/v1/explain/{id}",
        "/v1/markets",
        "/v1/markets/{market}",
        "/v1/parameters",
        "/v1/prices",
        "/v1/quote/lock",
        "/v1/quote/release",
        "/v1/risk",
        "/v1/risk/ladder",
        "/v1/solvency",
        "/v1/solvency/proof",
        "/v1/sources/{source}/orphans",
        "/v1/sources/{source}/parked",
        "/v1/statements",
        "/v1/status",
        "/v1/terms",
        "/v1/trees/{asset}/{height}/{index}",
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
  });

  it('suits a generator: names are unique and plain, every tag has its sentence, readers come first', async () => {
    const answer = await test.app.inject({ method: 'GET', url: '/openapi.json' });
    type Operation = { operationId: string; tags: string[]; summary: string; responses: object };
    const { servers, tags, paths } = answer.json<{
      servers: object[];
      tags: { name: string; description: string }[];
      paths: Record<string, Record<string, Operation>>;
    }>();
    expect(servers).toEqual([{ url: '/', description: 'This aggregator' }]);
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
    const used = [...new Set(operations.flatMap((operation) => operation.tags))];
    expect(tags.filter(({ description }) => !description.endsWith('.'))).toEqual([]);
    expect(used.toSorted()).toEqual(tags.map(({ name }) => name).toSorted());
    expect(Object.keys(paths)[0]).toBe('/v1/accounts');
    expect(Object.keys(paths).at(-1)).toBe('/v1/statements');
    expect(operations.filter(({ summary }) => summary === undefined)).toEqual([]);
  });

  it('types every parameter, and shows a refusal of each status as it reads', async () => {
    const answer = await test.app.inject({ method: 'GET', url: '/openapi.json' });
    type Parameter = { name: string; in: string; schema?: { type?: string; enum?: unknown; anyOf?: unknown } };
    type Shown = { content?: Record<string, { example?: { status: number; code: string; detail: string } }> };
    type Operation = { parameters?: Parameter[]; responses: Record<string, Shown> };
    const { paths } = answer.json<{ paths: Record<string, Record<string, Operation>> }>();
    const untyped: string[] = [];
    const unshown: string[] = [];
    for (const [path, methods] of Object.entries(paths))
      for (const { parameters = [], responses } of Object.values(methods)) {
        for (const { name, schema } of parameters)
          if (schema?.type === undefined && schema?.enum === undefined) untyped.push(`${path} ${name}`);
        if (!path.startsWith('/v1/') || path === '/v1/events') continue;
        for (const [status, { content }] of Object.entries(responses)) {
          if (Number(status) < 400) continue;
          const example = content?.['application/problem+json']?.example;
          if (example?.status !== Number(status) || example.detail.length < 20) unshown.push(`${path} ${status}`);
        }
        expect(Object.keys(responses)).toContain('429');
      }
    expect({ untyped, unshown }).toEqual({ untyped: [], unshown: [] });
  });
});

describe('the page of the interface', () => {
  it('comes with its scripts from here, which alone may run', async () => {
    const page = await test.app.inject({ method: 'GET', url: '/docs' });
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(files.sort()).toEqual([
      '/docs/start.js',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui.css',
      '/openapi.json',
    ]);
    for (const url of files) {
      const [plain, packed] = [
        await test.app.inject({ method: 'GET', url }),
        await test.app.inject({ method: 'GET', url, headers: { 'accept-encoding': 'gzip, br' } }),
      ];
      expect([url, plain.statusCode, plain.headers['content-encoding']]).toEqual([url, 200, undefined]);
      const { rawPayload, headers } = packed;
      const unpacked =
        headers['content-encoding'] === 'gzip' ? gunzipSync(rawPayload) : brotliDecompressSync(rawPayload);
      expect(unpacked.equals(plain.rawPayload)).toBe(true);
    }
    expect(page.body).not.toMatch(/<script>|https?:/);
  });
});
