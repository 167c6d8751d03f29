import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problem.js';
import { type PageFile, readBuiltPage, resolveBuiltPage } from './built-page.js';
import { PACKED_ROUTE, PackedFile } from './packed-file.js';

/** The page loads its own scripts and styles and asks its own aggregator; nothing else, and nobody frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the dashboard at /ui/ from the files of its build; where it is not built, each answer is a 404 that says so. */
export function servePage(app: NestFastifyApplication, folder = resolveBuiltPage()): void {
  const files = new Map(
    [...readBuiltPage(folder)].map(([name, file]) => [name, { ...file, packed: new PackedFile(() => file.body) }]),
  );
  const fastify = app.getHttpAdapter().getInstance();
  // The page's relative addresses need the slash at the end.
  fastify.get('/ui', (_request, reply) => reply.redirect('/ui/', 302));
  fastify.get<{ Params: { '*': string } }>('/ui/*', PACKED_ROUTE, (request, reply) => {
    const name = request.params['*'];
    const file = files.get(name === '' ? 'index.html' : name);
    return file === undefined ? refuse(name, { files, reply, url: request.url }) : send(file, request, reply);
  });
}

function send(
  file: PageFile & { readonly packed: PackedFile },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  void reply
    .header('content-security-policy', POLICY)
    .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    .type(file.type);
  return file.packed.send(request, reply);
}

function refuse(
  name: string,
  {
    files,
    reply,
    url,
  }: { readonly files: ReadonlyMap<string, PageFile>; readonly reply: FastifyReply; readonly url: string },
): FastifyReply {
  const problem =
    files.size > 0
      ? new Problem({ status: 404, detail: `the page has no file ${name.slice(0, 200)}; it begins at /ui/` })
      : new Problem({
          status: 404,
          code: 'PAGE_NOT_BUILT',
          detail: 'the dashboard is not built beside this aggregator; run `npm run build` and start it again',
        });
  return reply
    .status(404)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.body(url.slice(0, 200))));
}
