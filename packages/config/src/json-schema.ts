import { z } from 'zod';
import { networkSchema } from './network-schema.js';

/** Gives the JSON schema of chains.config.json, as it is committed beside it. */
export function networkJsonSchema(): object {
  return { title: 'Surety chains.config.json', ...z.toJSONSchema(networkSchema, { io: 'input' }) };
}
