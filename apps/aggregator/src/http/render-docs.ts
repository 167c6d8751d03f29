import type { OpenAPIObject } from '@nestjs/swagger';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'summary{cursor:pointer;padding:.3rem 0}code{font-family:ui-monospace,monospace}' +
  'pre{background:#8882;padding:.6rem;overflow:auto;font-size:.85rem}b{display:inline-block;min-width:3.5rem}';

/** Returns the OpenAPI document as one page without scripts: every operation with its parameters, bodies and answers, then the schemas. */
export function renderDocs(document: OpenAPIObject): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, unknown>).map(([method, operation]) =>
      renderOperation(method, path, operation),
    ),
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escape(name)}"><summary><code>${escape(name)}</code></summary>${section('Schema', schema)}</details>`,
  );
  const { title, description } = document.info;
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escape(title)}</title><style>${STYLE}</style><h1>${escape(title)}</h1><p>${escape(description ?? '')}</p>` +
    `<p>The same as <a href="/openapi.json">OpenAPI</a> for machines.</p>${operations.join('')}` +
    `<h2>Schemas</h2>${schemas.join('')}</html>`
  );
}

function renderOperation(method: string, path: string, operation: unknown): string {
  const { summary, parameters, requestBody, responses } = operation as Record<string, unknown>;
  const parts = [
    section('Parameters', Array.isArray(parameters) && parameters.length > 0 ? parameters : undefined),
    section('Body', requestBody),
    section('Answers', responses),
  ];
  const head = `<b>${escape(method.toUpperCase())}</b> <code>${escape(path)}</code> ${escape(typeof summary === 'string' ? summary : '')}`;
  return `<details><summary>${head}</summary>${parts.join('')}</details>`;
}

function section(title: string, value: unknown): string {
  return value === undefined ? '' : `<h3>${title}</h3><pre>${escape(JSON.stringify(value, undefined, 2))}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
