import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { endpointsOf, loadHosts } from './load-hosts.js';
import type { Network } from './parse-network.js';

const urlEnv = 'RPC_URL_ALPHA_1';
const network = {
  chains: [{ chainId: 901, providers: [{ name: 'one', operator: 'some', urlEnv }] }],
} as unknown as Network;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-provider-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads a provider’s URL from a file, as every process does, and names a file that cannot be read', () => {
  const file = path.join(folder, 'url');
  writeFileSync(file, 'https://node.example/with-a-key\n', { mode: 0o600 });
  const read = (environment: Readonly<Record<string, string>>) => endpointsOf(network, 901, environment);
  expect(read({ [`${urlEnv}_FILE`]: file }).map(({ url }) => url.reveal())).toEqual([
    'https://node.example/with-a-key',
  ]);
  expect(loadHosts(network, { [`${urlEnv}_FILE`]: file }).get(urlEnv)).toBe('node.example');
  expect(read({})).toEqual([]);
  expect(() => read({ [`${urlEnv}_FILE`]: path.join(folder, 'none') })).toThrow(`${urlEnv}_FILE`);
});
