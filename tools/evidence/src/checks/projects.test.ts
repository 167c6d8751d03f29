import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { at } from '../steps.js';
import { OWN_COMMANDS, fullProjects, shortProjects } from './projects.js';

it('runs every project of vitest in full but those with a command of their own', async () => {
  const { href } = pathToFileURL(at('vitest.config.ts'));
  const config = (await import(href)) as { default: { test: { projects: { test: { name: string } }[] } } };
  const names = config.default.test.projects.map(({ test }) => test.name);
  expect([...fullProjects(), ...OWN_COMMANDS].sort()).toEqual(names.sort());
  expect(fullProjects()).toEqual(expect.arrayContaining([...shortProjects()]));
});
