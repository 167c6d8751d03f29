import { z } from 'zod';
import { networkSchema } from './network-schema.js';

/** Returns the JSON schema of chains.config.json, as committed beside it. */
export function networkJsonSchema(): object {
  return { title: 'Surety chains.config.json', ...z.toJSONSchema(networkSchema, { io: 'input' }) };
}
