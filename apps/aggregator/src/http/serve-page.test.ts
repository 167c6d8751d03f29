import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { servePage } from './serve-page.js';

let folder: string;
let fastify: FastifyInstance;

/** Serves a folder on Fastify alone: the page is no route of Nest's. */
function serve(served: string | undefined): void {
  const adapter = new FastifyAdapter();
  fastify = adapter.getInstance();
  servePage({ getHttpAdapter: () => adapter } as unknown as NestFastifyApplication, served);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'surety-page-'));
  mkdirSync(path.join(folder, 'assets'));
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'assets', 'main-1a2b.js'), 'start()');
});
afterEach(async () => {
  await fastify.close();
  rmSync(folder, { recursive: true });
});

describe('the dashboard’s route', () => {
  it('says how to build the page where it is not built', async () => {
    serve(path.join(folder, 'nowhere'));
    const answer = await fastify.inject('/ui/');
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'PAGE_NOT_BUILT', instance: '/ui/' }]);
  });

  it.each(['/ui/no.js', '/ui/../package.json', '/ui/%2e%2e%2findex.html', '/ui/assets'])(
    'has nothing at %s',
    async (url) => {
      serve(folder);
      expect((await fastify.inject(url)).statusCode).toBe(404);
    },
  );

  it('leads to the page, which loads and asks nothing from elsewhere', async () => {
    serve(folder);
    const moved = await fastify.inject('/ui');
    expect([moved.statusCode, moved.headers['location']]).toEqual([302, '/ui/']);
    const page = await fastify.inject('/ui/');
    expect([page.statusCode, page.body, page.headers['cache-control']]).toEqual([200, '<!doctype html>', 'no-cache']);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
  });

  it('lets a browser keep a file whose name holds its hash', async () => {
    serve(folder);
    const script = await fastify.inject('/ui/assets/main-1a2b.js');
    expect([script.body, script.headers['content-type']]).toEqual(['start()', 'text/javascript; charset=utf-8']);
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });
});
