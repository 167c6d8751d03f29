import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkAgainstRecord, describePlan, executeDeployment } from '@surety/contracts';
import type { NetworkFile } from '@surety/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectWallet } from '../chains/connections.js';
import { type Network, startNetwork } from './start-network.js';

let network: Network;
const directory = mkdtempSync(path.join(tmpdir(), 'surety-network-'));

beforeAll(async () => {
  network = await startNetwork({ directory, blockSeconds: 1, attesters: 4 });
}, 60_000);

afterAll(async () => {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('names every difference between a changed configuration and the record', () => {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const alpha = file.chains.find(({ name }) => name === 'alpha');
  if (alpha?.vault === undefined || file.attesters === undefined) throw new Error('the file has no vault');
  alpha.vault.codeHash = `0x${'11'.repeat(32)}`;
  const first = alpha.vault.assets[0];
  if (first !== undefined) first.decimals = 7;
  file.attesters.members.pop();
  expect(checkAgainstRecord(file, network.record).map(({ path: where }) => where)).toEqual([
    'attesters.members[3]',
    'chains[901].vault.codeHash',
    'chains[901].vault.assets[0].decimals',
  ]);
});

test('finds nothing to do when the same plan is carried out again', async () => {
  const chains = new Map(
    [...network.nodes].map(([id, { url }]) => {
      const wallet = connectWallet(url, id, 'governor');
      const reader = network.readers.get(id);
      if (reader === undefined) throw new Error(`no reader of ${id}`);
      return [id, { reader, deployer: wallet, signers: new Map() }];
    }),
  );
  const outcomes = await executeDeployment(network.plan, chains);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['already-done']));
});

test('shows every address, argument and act of a plan before anything is sent', () => {
  const text = describePlan(network.plan);
  for (const contract of network.plan.contracts) expect(text).toContain(contract.address);
  for (const act of network.plan.acts) expect(text).toContain(act.data);
});
