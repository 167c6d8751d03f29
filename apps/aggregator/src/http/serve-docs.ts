import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeApi } from './describe-api.js';
import { PACKED_ROUTE, PackedFile } from './packed-file.js';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Surety aggregator</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <noscript>This page needs scripts. The same for machines: <a href="/openapi.json">/openapi.json</a></noscript>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;

/** Scripts and reads from here alone; Swagger UI sets styles on its elements and has its icons in the style sheet. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the OpenAPI document, and a page to read and try it; both are made when first asked for. */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let text: string | undefined;
  const json = new PackedFile(() => (text ??= JSON.stringify(describeApi(app))));
  fastify.get('/openapi.json', PACKED_ROUTE, (request, reply) =>
    json.send(request, reply.type('application/json; charset=utf-8').header('cache-control', 'public, no-cache')),
  );
  fastify.get('/docs', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(PAGE),
  );
  const require = createRequire(import.meta.url);
  const css = require.resolve('swagger-ui-dist/swagger-ui.css');
  const bundle = require.resolve('swagger-ui-dist/swagger-ui-bundle.js');
  serveFile(app, { file: 'swagger-ui.css', type: 'text/css', load: () => readFileSync(css) });
  serveFile(app, { file: 'swagger-ui-bundle.js', type: 'text/javascript', load: () => readFileSync(bundle) });
  serveFile(app, { file: 'start.js', type: 'text/javascript', load: () => Buffer.from(START) });
}

function serveFile(
  app: NestFastifyApplication,
  { file, type, load }: { readonly file: string; readonly type: string; readonly load: () => Buffer },
): void {
  const packed = new PackedFile(load);
  app
    .getHttpAdapter()
    .getInstance()
    .get(`/docs/${file}`, PACKED_ROUTE, (request, reply) => {
      const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'public, max-age=3600' };
      return packed.send(request, reply.headers(headers));
    });
}
