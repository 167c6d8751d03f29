import { readdirSync } from 'node:fs';
import { at } from '../steps.js';

/**
 * Every package and app, the tools and the repository itself. What is left takes minutes for each file: whole deployments, on nodes or
 * simulated, and comparisons with Solidity over many draws.
 */
export const shortProjects = (): readonly string[] => [
  ...['packages', 'apps'].flatMap((floor) => readdirSync(at(floor))),
  'evidence',
  'tidy',
];

/** Projects of `npm test -- --full`. Named one by one: of two `--project !name` vitest runs whatever one of them lets pass, so everything. */
export const fullProjects = (): readonly string[] => [...shortProjects(), 'simulation', 'twin', 'e2e', 'faults'];

/** Projects with a command of their own: `npm run faults` takes an hour, `npm run test:browser` needs Chromium. */
export const OWN_COMMANDS: readonly string[] = ['campaigns', 'browser'];
