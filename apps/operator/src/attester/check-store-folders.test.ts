import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WatcherConfig } from '@surety/config';
import { expect, onTestFinished, test } from 'vitest';
import { checkStoreFolders } from './check-store-folders.js';

function folders(profile: 'development' | 'production'): Pick<WatcherConfig, 'historyDir' | 'network' | 'stateDir'> {
  const top = mkdtempSync(join(tmpdir(), 'surety-attester-'));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  return {
    stateDir: join(top, 'first'),
    historyDir: join(top, 'second'),
    network: { profile } as WatcherConfig['network'],
  };
}

const resultsOf = (config: ReturnType<typeof folders>): Record<string, string> =>
  Object.fromEntries(checkStoreFolders(config).map(({ check, result }) => [check, result]));

test('folders that are not made yet can be, and hold no history', () => {
  const config = folders('development');
  expect(checkStoreFolders(config)).toMatchObject([
    { check: 'attester folder SURETY_STATE_DIR', detail: expect.stringContaining('MiB free') },
    { check: 'attester folder SURETY_HISTORY_DIR', detail: expect.stringContaining(config.historyDir) },
    { check: 'attester history', result: 'warn', detail: expect.stringContaining('none yet') },
  ]);
});

test('two folders on one device are named in production alone', () => {
  expect(resultsOf(folders('production'))).toMatchObject({ 'attester disks': 'warn' });
  expect(resultsOf(folders('development'))).not.toHaveProperty('attester disks');
});

test('a history is whole with both stores and their markers, and leaves nothing behind in the folders', () => {
  const config = folders('development');
  for (const folder of [config.stateDir, config.historyDir]) {
    mkdirSync(folder);
    for (const name of ['history.sqlite', 'history.sqlite.born']) writeFileSync(join(folder, name), '');
  }
  expect(resultsOf(config)).toMatchObject({ 'attester history': 'ok' });
  expect(readdirSync(config.stateDir).toSorted()).toEqual(['history.sqlite', 'history.sqlite.born']);
});

test.each(['history.sqlite', 'history.sqlite.born'])('a second store without its %s must be rebuilt first', (lost) => {
  const config = folders('development');
  for (const folder of [config.stateDir, config.historyDir]) {
    mkdirSync(folder);
    for (const name of ['history.sqlite', 'history.sqlite.born']) writeFileSync(join(folder, name), '');
  }
  rmSync(join(config.historyDir, lost));
  expect(checkStoreFolders(config)).toContainEqual({
    check: 'attester history',
    result: 'fail',
    detail: expect.stringContaining(`the second store, ${join(config.historyDir, 'history.sqlite')}`),
  });
});

test('a folder that is a file cannot be written', () => {
  const config = folders('development');
  writeFileSync(config.stateDir, '');
  expect(resultsOf(config)).toMatchObject({ 'attester folder SURETY_STATE_DIR': 'fail' });
});
