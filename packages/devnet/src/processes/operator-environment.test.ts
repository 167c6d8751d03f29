import { loadOperatorConfig } from '@surety/config';
import { expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { RunningProcess } from './running-process.js';
import { operatorEnvironment } from './operator-environment.js';

const SURETY_CONFIG = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));

it('names the health servers of what runs in the variables that the command line reads, and no others', () => {
  const ports: Record<string, number> = { 'watcher-1': 1, 'watcher-4': 4, 'relayer-1': 5 };
  const environment = operatorEnvironment({
    environmentOf: () => ({ SURETY_CONFIG }),
    running: (role, number = 1) => {
      const port = ports[`${role}-${number}`];
      return port === undefined ? undefined : ({ announced: `http://127.0.0.1:${port}` } as RunningProcess);
    },
  });
  expect(Object.keys(environment)).toEqual(['SURETY_CONFIG', 'SURETY_WATCHER_URLS', 'SURETY_RELAYER_URLS']);
  expect(loadOperatorConfig(environment).processes.map(({ role, url }) => `${role} ${url}`)).toEqual([
    'watcher http://127.0.0.1:1',
    'watcher http://127.0.0.1:4',
    'relayer http://127.0.0.1:5',
  ]);
});
