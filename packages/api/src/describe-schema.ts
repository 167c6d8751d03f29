import { z } from 'zod';
import type { AnySchema } from './values.js';

/** A schema as OpenAPI 3.0 has it, and the components that it refers to. */
export interface DescribedSchema {
  readonly schema: Record<string, unknown>;
  readonly components: Record<string, Record<string, unknown>>;
}

/** Describes the JSON that a schema reads; each schema with a name is a component. */
export function describeSchema(schema: AnySchema): DescribedSchema {
  const described = z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });
  const inOpenApi = JSON.stringify(described).replaceAll('"#/definitions/', '"#/components/schemas/');
  const { $schema: _, definitions = {}, ...rest } = JSON.parse(inOpenApi) as Described;
  return { schema: rest, components: definitions };
}

interface Described extends Record<string, unknown> {
  readonly definitions?: DescribedSchema['components'];
}
