import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { at } from './steps.js';

const PROGRAMS = readdirSync(at('apps')).filter((name) => name !== 'dashboard');
const compose = readFileSync(at('deploy/docker/compose.yaml'), 'utf8');
/** The text of each service, by its name. */
const services = new Map(
  [...compose.slice(compose.indexOf('\nservices:\n')).matchAll(/^ {2}(\w+):\n((?: {4}.*\n|\n)+)/gmu)].map(
    ([, name = '', text = '']) => [name, text],
  ),
);

test('each service runs the program of its name, and knows no variable that the program does not read', () => {
  expect([...services.keys()]).toEqual(['aggregator', 'watcher', 'relayer']);
  for (const [name, text] of services) {
    expect(text).toContain(`command: [${name}]\n`);
    const { stdout } = spawnSync(process.execPath, [at('apps/operator/dist/program.mjs'), 'config', 'env', name], {
      encoding: 'utf8',
      env: { SURETY_CONFIG: at('chains.config.json') },
    });
    const read = new Set(stdout.match(/SURETY_\w+/gu));
    const set = [...text.matchAll(/^ {6}(SURETY_\w+): /gmu)].map(([, variable]) => variable);
    expect(set.length).toBeGreaterThan(2);
    expect(set.filter((variable) => !read.has(variable ?? ''))).toEqual([]);
  }
});

test('every service is one that cannot write to its image or gain rights, and ends on its own', () => {
  const shared = compose.slice(0, compose.indexOf('\nservices:\n'));
  for (const line of ['read_only: true', '- ALL', '- no-new-privileges:true', 'stop_grace_period: 30s'])
    expect(shared).toContain(line);
  for (const text of services.values()) expect(text).toContain('<<: *program');
});

test('the image starts every program and nothing else', () => {
  const start = readFileSync(at('deploy/docker/run.sh'), 'utf8');
  expect(/^ {2}([a-z| ]+)\) ;;$/mu.exec(start)?.[1]?.split(' | ')).toEqual(PROGRAMS);
  const { status, stderr } = spawnSync('sh', [at('deploy/docker/run.sh'), '../../bin/sh'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    'program is "../../bin/sh"; expected aggregator, keeper, operator, relayer or watcher\n',
  ]);
});
