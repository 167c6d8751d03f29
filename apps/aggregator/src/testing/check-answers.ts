import * as api from '@surety/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { describeApi } from '../http/describe-api.js';

/** The answers that an application has served, and those parts that its OpenAPI document does not describe. */
export interface CheckedAnswers {
  /** Every route that Nest serves, such as `GET /v1/edges/{edge}/entries`. */
  readonly routes: readonly string[];
  /** Answers that do not fit, each with its request. */
  readonly misfits: readonly string[];
}

interface Described {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema?: unknown }>> }>>;
}

const SCHEMAS = new Map<string, api.AnySchema>(
  Object.values(api).flatMap((value) => {
    const isSchema = typeof value === 'object' && 'safeParse' in value;
    const id = isSchema ? value.meta()?.id : undefined;
    return isSchema && id !== undefined ? [[`#/components/schemas/${id}`, value] as const] : [];
  }),
);

/**
 * Checks everything that an application serves: its status and content type are in the OpenAPI document, it fits the
 * schema there, and it has no member that the schema does not name. Call it before the application is initialised.
 */
export function checkAnswers(app: NestFastifyApplication): CheckedAnswers {
  const [routes, misfits]: [string[], string[]] = [[], []];
  let document: OpenAPIObject | undefined;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${pathOf(url)}`);
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const { method, routeOptions, url } = request;
    const path = pathOf(routeOptions.url ?? '');
    const type = String(reply.getHeader('content-type')).split(';', 1)[0] ?? '';
    // A preflight is answered for every route that can be read, and has no answer to describe.
    if (path === '/openapi.json' || /^\/(docs|ui)/.test(path) || reply.statusCode === 204) return payload;
    document ??= describeApi(app);
    const operation = (document.paths[path] as Record<string, Described> | undefined)?.[method.toLowerCase()];
    const fault =
      operation === undefined
        ? misfitOf('#/components/schemas/Problem', payload)
        : faultOf(operation, { status: reply.statusCode, type, payload });
    if (fault !== undefined) misfits.push(`${method} ${url} ${reply.statusCode}: ${fault}`);
    return payload;
  });
  return { routes, misfits };
}

function faultOf(
  { responses }: Described,
  { status, type, payload }: { readonly status: number; readonly type: string; readonly payload: unknown },
): string | undefined {
  if (status === 304 && responses[status] !== undefined) return payload === '' ? undefined : 'a 304 has a body';
  const schema = responses[status]?.content?.[type]?.schema as { readonly $ref?: string } | undefined;
  if (schema === undefined) return `status ${status} with ${type} is not described`;
  return schema.$ref === undefined ? undefined : misfitOf(schema.$ref, payload);
}

function misfitOf(reference: string, payload: unknown): string | undefined {
  const schema = SCHEMAS.get(reference);
  if (schema === undefined) return `${reference} is no schema of @surety/api`;
  const served: unknown = JSON.parse(String(payload));
  const reading = api.readAs(schema, served, 'answer');
  if (reading.kind === 'misfit') return `${reading.misfit.path}: expected ${reading.misfit.expected}`;
  const told = JSON.stringify(inOrder(api.formatWire(reading.value)));
  return told === JSON.stringify(inOrder(served)) ? undefined : `the schema reads ${told} of ${String(payload)}`;
}

/** The same JSON with its members sorted, since a schema gives them in its own order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, member]) => [name, inOrder(member)]));
}

function pathOf(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}');
}
