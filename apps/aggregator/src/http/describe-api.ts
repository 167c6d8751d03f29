import { type AnySchema, describeSchema, problemView } from '@surety/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** The subjects, readers' first, in the order of the document. */
const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['accounts', 'What an account holds, and its one margin at three grades, weighed at the last folded block.'],
  ['releases', 'What a release would do, what waits for payment or for its reason to go, and what all of it sums to.'],
  ['entries', 'Where a lock or a release stands, why, and who acts next.'],
  ['explain', 'Why something stands where it does: the first condition that fails, and who acts next.'],
  ['proofs', 'Proofs that an account is counted, to verify without trust in this aggregator.'],
  ['terms', 'What margins rest on: assets with their weights and limits, parameters, prices and attesters.'],
  ['risk', 'What would become of the whole ledger if prices fell, and who holds most of it.'],
  ['markets', 'Markets that lend against the unified margin.'],
  ['auctions', 'Auctions of accounts in liquidation, with what a bid would take.'],
  ['events', 'Changes as they happen, as server-sent events.'],
  ['status', 'Chains, witnesses and the aggregator itself.'],
  ['edges', 'Each journal and its reader: how far it is, its signed statements and its entries.'],
  ['index', 'Where a reader begins.'],
  ['health', 'Whether the process lives and can be believed, and its figures.'],
  [
    'attesters',
    'For attesters alone: a member’s signature is the authentication, and no page of another origin may post.',
  ],
];

const UNCHANGED = { description: 'The answer is the one whose ETag If-None-Match names; without a body' };

/** Returns the OpenAPI document of an application: every route with its parameters, bodies, answers and refusals. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Surety aggregator')
    .setDescription(
      'Collateral on many chains as one margin balance. Amounts are decimal text; refusals are application/problem+json.',
    )
    .setVersion('1')
    .addServer('/', 'This aggregator');
  for (const [name, description] of TAGS) base.addTag(name, description);
  const standardSchemaConverter = (schema: unknown): ReturnType<typeof describeSchema> =>
    describeSchema(schema as AnySchema);
  const document = SwaggerModule.createDocument(app, base.build(), {
    standardSchemaConverter,
    operationIdFactory: (_, method) => method,
  });
  // Refusals name their content type themselves, so that nobody has collected the components of their schema.
  const schemas = { ...document.components?.schemas, ...describeSchema(problemView).components };
  for (const [path, { get }] of Object.entries(document.paths))
    if (get !== undefined && path.startsWith('/v1') && path !== '/v1/events') get.responses['304'] = UNCHANGED;
  const paths = Object.fromEntries(
    Object.entries(document.paths).sort(([, one], [, two]) => placeOf(one) - placeOf(two)),
  );
  return { ...document, paths, components: { ...document.components, schemas: sorted(schemas) } };
}

function sorted<Value>(byName: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(byName).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Reads of a path decide where it stands. */
function placeOf({ get, post }: OpenAPIObject['paths'][string]): number {
  const [tag] = (get ?? post)?.tags ?? [];
  return TAGS.findIndex(([name]) => name === tag);
}
