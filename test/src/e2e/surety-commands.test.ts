import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNetwork } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import {
  CHAINS,
  type LocalNetwork,
  PROVIDERS_PER_CHAIN,
  devnetAccount,
  providerOf,
  startNetwork,
} from '@surety/devnet';
import type { Hex } from '@surety/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';

const ALPHA = 901;
const folder = mkdtempSync(join(tmpdir(), 'surety-commands-'));
let network: LocalNetwork;
let providers: Record<string, string>;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  providers = Object.fromEntries(
    CHAINS.flatMap((chain) =>
      Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => [
        providerOf(chain, at + 1).urlEnv,
        network.nodes.get(chain.chainId)?.url ?? '',
      ]),
    ),
  );
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const surety = (args: readonly string[], environment: Record<string, string> = {}): Promise<Answer> =>
  runSurety(args, { SURETY_CONFIG: network.configFile, ...environment });

const lockArgs = (amount: string, asset = 'WETH'): string[] => [
  'lock',
  '--chain',
  'alpha',
  '--asset',
  asset,
  '--amount',
  amount,
  '--native',
];
const withKey = (): Record<string, string> => ({ ...providers, SURETY_KEY: devnetAccount('alice').key });

/** The journal of alpha's vault. */
async function readJournal(): Promise<readonly [edge: Hex, count: bigint, head: Hex] | undefined> {
  const { chains } = parseNetwork(readFileSync(network.configFile, 'utf8'), network.configFile);
  const vault = chains.find((chain) => chain.chainId === ALPHA)?.vault;
  return network.readers.get(ALPHA)?.readContract({
    address: vault?.address as Hex,
    abi: collateralVaultAbi,
    functionName: 'journalHead',
  });
}

describe('surety lock on a real chain', () => {
  it('refuses without a provider, naming the variables that would give one', async () => {
    const { code, refusal } = await surety(lockArgs('1'), { SURETY_KEY: devnetAccount('alice').key });
    expect([code, refusal?.code]).toEqual([1, 'NO_PROVIDER']);
    expect(refusal?.message).toContain('RPC_URL_ALPHA_1');
  });

  it('refuses what the vault would refuse before anything is spent, and says how much fits', async () => {
    const { code, refusal } = await surety([...lockArgs('1000000'), '--yes'], withKey());
    expect([code, refusal?.code]).toEqual([1, 'LOCK_REFUSED']);
    expect(refusal?.message).toMatch(/CAP_EXCEEDED; it takes 0\.001 to 20000 WETH now/);
    expect((await surety([...lockArgs('0.0001'), '--yes'], withKey())).refusal?.message).toContain('BELOW_MINIMUM');
  });

  it('asks before it spends, and nobody answering means no', async () => {
    const { code, refusal } = await surety(lockArgs('1'), withKey());
    expect([code, refusal]).toMatchObject([1, { code: 'DECLINED' }]);
  });

  it('refuses tokens that the sender does not have before it approves any', async () => {
    const { code, refusal } = await surety(
      ['lock', '--chain', '901', '--asset', 'USDC', '--amount', '5', '--yes'],
      withKey(),
    );
    expect([code, refusal?.code]).toEqual([1, 'WALLET_SHORT']);
  });

  it('locks the chain’s coin and names the entry', async () => {
    const { code, output } = await surety([...lockArgs('1.5'), '--yes'], withKey());
    expect([code, output['amount'], output['stage'], output['chainId']]).toEqual([
      0,
      '1500000000000000000',
      'sent',
      ALPHA,
    ]);
    const head = await readJournal();
    expect(output['id']).toBe(`${head?.[0]}:1`);
    expect(head?.[1]).toBe(1n);
  });
});

describe('surety ledger show', () => {
  it('reads both ends of every source from two thirds of the providers, and one source alone', async () => {
    const { code, output } = await surety(fromRunbook('01', 'npx surety ledger show'), providers);
    expect([code, output['unlisted']]).toEqual([0, []]);
    const sources = output['sources'] as { chain: string; locks: string; toLedger: object; toVault: object }[];
    // Nobody has brought to the ledger what the vault's journal holds.
    const end = { state: 'LIVE', applied: '0', haltedSince: 0, witnesses: [] };
    const alpha = {
      chain: 'alpha',
      locks: String((await readJournal())?.[1]),
      releases: '0',
      toLedger: end,
      toVault: end,
    };
    expect(sources.map(({ chain }) => chain)).toEqual(['alpha', 'beta']);
    expect(sources[0]).toMatchObject(alpha);
    const verifiers = output['verifiers'] as { chain: string; epoch: number; k: number; members: string[] }[];
    expect(verifiers.map(({ chain, epoch, k, members }) => [chain, epoch, k, members.length])).toEqual(
      expect.arrayContaining([['alpha', 1, 3, 4]]),
    );
    const one = fromRunbook('01', 'npx surety ledger show --chain <chain>', { '<chain>': 'alpha' });
    const alone = await surety(one, providers);
    expect(alone.output['sources']).toMatchObject([alpha]);
  });

  it('says that a chain without providers was not asked', async () => {
    const known = Object.entries(providers).filter(([name]) => !name.startsWith('RPC_URL_BETA_'));
    const { code, output } = await surety(['ledger', 'show', '--chain', 'beta'], Object.fromEntries(known));
    expect([code, output['sources']]).toMatchObject([0, [{ chain: 'beta', locks: null, toVault: null }]]);
  });

  it('tries again later if too few providers answer for the ledger', async () => {
    const dead = { RPC_URL_SETTLEMENT_1: 'http://127.0.0.1:1', RPC_URL_SETTLEMENT_2: 'http://127.0.0.1:1' };
    const { code, refusal } = await surety(['ledger', 'show'], { ...providers, ...dead });
    expect([code, refusal?.code]).toEqual([75, 'PROVIDER_FAILED']);
    expect(refusal?.message).toMatch(/^2 of 4 providers of settlement answer; expected 3/);
  });
});

describe('surety doctor on real chains', () => {
  it('finds providers that prove their final blocks and code as listed', async () => {
    const { output } = await surety(fromRunbook('17', 'npx surety doctor'), providers);
    const findings = output['findings'] as { check: string; result: string; detail: string }[];
    // No aggregator runs here, and nothing else is wrong.
    expect(findings.filter(({ result }) => result === 'fail')).toMatchObject([
      { check: expect.stringMatching(/^aggregator /), detail: expect.stringContaining('SURETY_AGGREGATOR_URLS') },
    ]);
    expect(findings.filter((finding) => /proves final block/.test(finding.detail))).toHaveLength(
      CHAINS.length * PROVIDERS_PER_CHAIN,
    );
    // One node stands behind all providers of a chain, under as many names.
    const repeated = findings.filter(({ result, detail }) => result === 'warn' && /the same URL as/.test(detail));
    expect(repeated).toHaveLength(CHAINS.length * (PROVIDERS_PER_CHAIN - 1));
    expect(repeated[0]).toMatchObject({ detail: expect.stringContaining('agrees with itself') });
    const tokens = findings.filter((finding) => / token /.test(finding.check));
    expect(new Set(tokens.map(({ result, detail }) => `${result}: ${detail.replace(/0x\w+/, 'a token')}`))).toEqual(
      new Set(['ok: code of a token as listed']),
    );
  });

  it('is unhealthy when a provider serves another chain', async () => {
    const swapped = { ...providers, RPC_URL_ALPHA_2: providers['RPC_URL_BETA_2'] ?? '' };
    const { code, output, refusal } = await surety(['doctor'], swapped);
    expect([code, refusal?.code]).toEqual([1, 'UNHEALTHY']);
    const findings = output['findings'] as { check: string; result: string; detail: string }[];
    expect(findings.find((finding) => finding.check === 'alpha provider alpha-2')).toMatchObject({ result: 'fail' });
  });
});

describe('surety config lint on the demo’s configuration', () => {
  it('has nothing against a development network, and says what it would have if it were public', async () => {
    const lenient = await surety(fromRunbook('12', 'npx surety config lint'));
    expect([lenient.code, lenient.output]).toMatchObject([0, { ok: true, score: 100, findings: [] }]);
    const strict = await surety(['config', 'lint', '--as-production']);
    expect([strict.code, strict.refusal?.code]).toEqual([1, 'LINT_FAILED']);
    const findings = strict.output['findings'] as { rule: string }[];
    expect([...new Set(findings.map(({ rule }) => rule))].sort()).toMatchInlineSnapshot(`
      [
        "attester-operators-unnamed",
        "attesters-below-seven",
        "development-chain-id",
        "no-witness",
        "one-price-network",
        "unset-lock-fee",
      ]
    `);
  });
});
