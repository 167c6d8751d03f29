import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type KeeperConfig, exampleNetwork, loadKeeperConfig } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-keeper-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = exampleNetwork();
const write = (name: string, value: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
};
const chains = network.chains.map((chain) => ({ ...chain, development: true }));
const development = { ...network, profile: 'development', chains };
const { auction, ...bare } = network.settlement ?? {};
const PROTOCOL = `0x${'Cc'.repeat(20)}`;

const BASE = {
  SURETY_CONFIG: write('chains.config.json', development),
  SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710',
  SURETY_KEEPER_KEY: `0x${'11'.repeat(32)}`,
  ...Object.fromEntries(
    network.chains.flatMap(({ providers }, at) =>
      providers.map(({ urlEnv }, n) => [urlEnv, `http://127.0.0.1:${9_000 + 10 * at + n}`]),
    ),
  ),
};
const BIDS = {
  SURETY_KEEPER_BID: 'yes',
  SURETY_KEEPER_PROTOCOLS: PROTOCOL,
  SURETY_KEEPER_BURDEN_MAX: '10000',
  SURETY_KEEPER_TOTAL_MAX: '50000',
  SURETY_KEEPER_LEAST_PPM: '-2500',
};

const load = (more: Record<string, string> = {}): KeeperConfig => loadKeeperConfig({ ...BASE, ...more });

function refusal(more: Record<string, string>): string {
  try {
    load(more);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('a keeper’s configuration', () => {
  it('starts for all and bids for nobody, unless told otherwise', () => {
    expect(load()).toMatchObject({
      auction,
      isStarter: true,
      bids: null,
      below: '1.05',
      burdenMinWad: 100n * 10n ** 18n,
      isDryRun: false,
      pollMs: null,
      http: { port: 8713 },
      gas: { budgetWeiPerDay: 5_000_000_000_000_000_000n },
    });
    expect([...load().endpoints.keys()]).toEqual([network.settlement?.chainId]);
  });

  it('bids within limits that are named', () => {
    const more = { SURETY_KEEPER_SHARE_MIN_PPM: '50000', SURETY_KEEPER_SUB_ACCOUNT: '7', SURETY_KEEPER_PAY: 'yes' };
    expect(load({ ...BIDS, ...more }).bids).toEqual({
      protocols: [PROTOCOL.toLowerCase()],
      subAccount: 7n,
      burdenMaxWad: 10_000n * 10n ** 18n,
      totalMaxWad: 50_000n * 10n ** 18n,
      leastPpm: -2_500n,
      shareMinWad: 5n * 10n ** 16n,
      takesFrozen: false,
      pays: true,
      coinPriceWad: 0n,
    });
    expect(load({ ...BIDS, SURETY_KEEPER_COIN_PRICE: '0.45' }).bids?.coinPriceWad).toBe(45n * 10n ** 16n);
    expect(load({ ...BIDS, SURETY_KEEPER_COIN_PRICE: '3000' }).bids?.coinPriceWad).toBe(3_000n * 10n ** 18n);
    expect(load({ SURETY_KEEPER_DRY_RUN: 'yes', SURETY_KEEPER_INTERVAL_MS: '250' })).toMatchObject({
      isDryRun: true,
      pollMs: 250,
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a network without an auction',
      { SURETY_CONFIG: write('bare.json', { ...development, settlement: bare }) },
      'settlement.auction',
    ],
    ['a keeper that does nothing', { SURETY_KEEPER_START: 'no' }, 'this keeper does nothing'],
    ['another word for yes', { SURETY_KEEPER_DRY_RUN: 'true' }, 'SURETY_KEEPER_DRY_RUN'],
    ['a step that is not there', { SURETY_KEEPER_BELOW: '1.1' }, 'one of 1.5, 1.2, 1.05, 1'],
    ['bids without limits', { SURETY_KEEPER_BID: 'yes' }, 'SURETY_KEEPER_BURDEN_MAX'],
    ['bids without a discount', { ...BIDS, SURETY_KEEPER_LEAST_PPM: '' }, 'SURETY_KEEPER_LEAST_PPM'],
    ['a discount that never comes', { ...BIDS, SURETY_KEEPER_LEAST_PPM: '990001' }, 'from -10000 to 990000'],
    ['a share above all', { ...BIDS, SURETY_KEEPER_SHARE_MIN_PPM: '1000001' }, 'from 0 to 1000000'],
    ['no protocol', { ...BIDS, SURETY_KEEPER_PROTOCOLS: ' ' }, 'SURETY_KEEPER_PROTOCOLS'],
    ['a protocol that is no address', { ...BIDS, SURETY_KEEPER_PROTOCOLS: '0x12' }, '0x12'],
    ['an account past its width', { ...BIDS, SURETY_KEEPER_SUB_ACCOUNT: String(2n ** 80n) }, 'below 2^80'],
    ['a price in words', { ...BIDS, SURETY_KEEPER_COIN_PRICE: '3,000' }, 'SURETY_KEEPER_COIN_PRICE'],
    ['a limit with decimals', { ...BIDS, SURETY_KEEPER_TOTAL_MAX: '1.5' }, 'SURETY_KEEPER_TOTAL_MAX'],
    ['an interval of nothing', { SURETY_KEEPER_INTERVAL_MS: '0' }, '10 to 9999999'],
    ['no key', { SURETY_KEEPER_KEY: '' }, 'SURETY_KEEPER_KEYSTORE_FILE'],
    ['no aggregator', { SURETY_AGGREGATOR_URLS: '' }, 'SURETY_AGGREGATOR_URLS'],
  ])('refuses %s', (_name, more, words) => {
    expect(refusal(more)).toContain(words);
  });
});
