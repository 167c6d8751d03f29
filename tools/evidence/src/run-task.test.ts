import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { at } from './steps.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

// A clone in which nothing is installed or built.
for (const path of ['tools', 'packages/devnet/src'])
  cpSync(at(path), join(folder, path), {
    recursive: true,
    filter: (from) => !/node_modules|[/]dist$|evidence/.test(from.slice(at('').length)),
  });

test.each(['demo', 'drill', 'soak', 'breaches', 'rest', 'assemble', 'pack', 'site'])(
  'npm run %s -- --help says what it takes, without a build',
  (task) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', task, '--help'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`npm run ${task}`);
    expect(stdout).not.toMatch(/^import |dist[/]\w+[.]js/m);
  },
);
