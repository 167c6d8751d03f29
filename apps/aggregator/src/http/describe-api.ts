import { type AnySchema, describeSchema, problemView } from '@surety/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const UNCHANGED = { description: 'The answer is the one whose ETag If-None-Match names; without a body' };

/** Returns the OpenAPI document of an application: every route with its parameters, bodies, answers and refusals. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Surety aggregator')
    .setDescription(
      'Collateral on many chains as one margin balance. Amounts are decimal text; refusals are application/problem+json.',
    )
    .setVersion('1')
    .build();
  const standardSchemaConverter = (schema: unknown): ReturnType<typeof describeSchema> =>
    describeSchema(schema as AnySchema);
  const document = SwaggerModule.createDocument(app, base, { standardSchemaConverter });
  // Refusals name their content type themselves, so that nobody has collected the components of their schema.
  const schemas = { ...document.components?.schemas, ...describeSchema(problemView).components };
  for (const [path, { get }] of Object.entries(document.paths))
    if (get !== undefined && path.startsWith('/v1/') && path !== '/v1/events') get.responses['304'] = UNCHANGED;
  return { ...document, components: { ...document.components, schemas: sorted(schemas) } };
}

function sorted<Value>(byName: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(byName).sort(([left], [right]) => (left < right ? -1 : 1)));
}
