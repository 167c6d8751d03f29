import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NamedContract, type NetworkFile, exampleNetwork } from '@surety/config';
import { afterAll, describe, expect, it } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-addresses-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Members of the file that hold keys, limits of a path, or an address that another member names too. */
const NO_CONTRACT = new Set([
  'members',
  'operators',
  'peer',
  'gate',
  'exitClaimant',
  'signers',
  'sendLibrary',
  'receiveLibrary',
  'executor',
  'send',
  'receive',
]);

function run(network: NetworkFile, ...more: string[]): Promise<SuretyRun> {
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(network));
  return runSurety(['addresses', ...more], { environment: { SURETY_CONFIG: file } });
}

interface Listed {
  readonly contracts: readonly NamedContract[];
  readonly lacks: readonly string[];
}
const listed = async (network: NetworkFile, ...more: string[]): Promise<Listed> =>
  JSON.parse((await run(network, ...more, '--json')).output) as Listed;

function addressesIn(value: unknown): string[] {
  if (typeof value === 'string') return /^0x[0-9a-fA-F]{40}$/.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) => (NO_CONTRACT.has(member) ? [] : addressesIn(inner)));
}

describe('surety addresses', () => {
  it('lists every contract that the file names, each name once on its chain', async () => {
    const network = exampleNetwork();
    const { contracts } = await listed(network);
    const named = contracts.flatMap(({ address }) => (address === null ? [] : [address]));
    expect(new Set(named)).toEqual(new Set(addressesIn(network)));
    const names = contracts.map(({ chainId, name }) => `${chainId} ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('puts the contracts of others apart, and takes one chain by name or id', async () => {
    const { contracts } = await listed(exampleNetwork(), '--chain', 'base');
    expect(new Set(contracts.map(({ chainId }) => chainId))).toEqual(new Set([8453]));
    expect(contracts.find(({ name }) => name === 'ledger')).toMatchObject({ foreign: false });
    expect(contracts.find(({ name }) => name === 'token of usdc: USDC')).toMatchObject({ foreign: true });
    expect(await listed(exampleNetwork(), '--chain', '8453')).toMatchObject({ contracts });
    const { code, told } = await run(exampleNetwork(), '--chain', 'gamma');
    expect([code, told]).toEqual([
      2,
      'surety: BAD_USE: --chain is "gamma"; expected one of ethereum (1), base (8453), optimism (10)',
    ]);
  });

  it('says what the file lacks', async () => {
    const { settlement, attesters: _, ...rest } = exampleNetwork();
    const { auction: _auction, ...without } = settlement as NonNullable<NetworkFile['settlement']>;
    const partly = await run({ ...exampleNetwork(), settlement: without });
    expect(partly.output).toContain('  base (8453): the file names no auction');
    const bare = { ...rest, chains: rest.chains.map(({ vault: __, ...chain }) => chain) };
    const { contracts, lacks } = await listed(bare);
    expect(contracts.every(({ address }) => address === null)).toBe(true);
    expect(lacks[0]).toMatch(/^settlement: the file has none/);
    expect(lacks).toHaveLength(1 + rest.chains.length);
  });
});
