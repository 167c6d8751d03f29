import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Secret,
  applyExample,
  exampleNetwork,
  loadAggregatorConfig,
  loadOperatorConfig,
  loadRelayerConfig,
  loadSpendingKey,
  loadWatcherConfig,
} from './index.js';
import { developmentChain, developmentNetwork } from './testing/development-network.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const config = write('chains.config.json', JSON.stringify(developmentNetwork()));
/** A network that keeps every rule of the linter, as production requires. */
const production = write('production.json', JSON.stringify(exampleNetwork()));
const urls = Object.fromEntries(
  exampleNetwork().chains.flatMap(({ providers }) =>
    providers.map(({ operator, urlEnv }) => [urlEnv, `https://${operator}.example/`]),
  ),
);
const key = `0x${'5e'.repeat(32)}`;
const environment = {
  SURETY_CONFIG: config,
  RPC_S_1: 'http://127.0.0.1:1/secret-path',
  RPC_A_1: 'http://127.0.0.1:2',
  SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710, http://127.0.0.1:8720',
  SURETY_ATTESTER_KEY: key,
};

describe('a watcher’s key and stores', () => {
  const file = (name: string, text: string): string => write(name, text);
  const guarded = {
    SURETY_CONFIG: production,
    ...urls,
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710',
    SURETY_ATTESTER_SIGNER_URL: 'https://signer.example/',
    SURETY_ATTESTER_ADDRESS: '0xAb' + 'cd'.repeat(19),
    SURETY_HISTORY_DIR: '/other/disk',
  };

  it('are two different folders in production, and one below the other in development', () => {
    const { SURETY_HISTORY_DIR: _, ...without } = guarded;
    expect(() => loadWatcherConfig(without)).toThrow(
      /SURETY_HISTORY_DIR: seen nothing; expected a folder on another disk/,
    );
    const same = { ...guarded, SURETY_STATE_DIR: '/one', SURETY_HISTORY_DIR: '/one/../one' };
    expect(() => loadWatcherConfig(same)).toThrow(/expected another folder than SURETY_STATE_DIR/);
    expect(loadWatcherConfig(guarded)).toMatchObject({ stateDir: './.surety/watcher', historyDir: '/other/disk' });
    expect(loadWatcherConfig(environment)).toMatchObject({ historyDir: '.surety/watcher/second', peerUrls: [] });
  });

  it('may use a remote signer, whose secrets come from files and are never shown', () => {
    const loaded = loadWatcherConfig({
      ...guarded,
      SURETY_ATTESTER_SIGNER_TOKEN_FILE: file('token', 'canary-token\n'),
      SURETY_ATTESTER_SIGNER_CA_FILE: file('ca.pem', 'canary-ca'),
      SURETY_ATTESTER_SIGNER_CERT_FILE: file('cert.pem', 'canary-cert'),
      SURETY_ATTESTER_SIGNER_KEY_FILE: file('key.pem', 'canary-key'),
    });
    if (loaded.key.kind !== 'remote') throw new Error(`the key is ${loaded.key.kind}`);
    expect(loaded.key.address).toBe('0xab' + 'cd'.repeat(19));
    expect(loaded.key.token?.reveal()).toBe('canary-token');
    expect(Object.values(loaded.key.tls).map((secret) => secret.reveal())).toEqual([
      'canary-ca',
      'canary-cert',
      'canary-key',
    ]);
    expect(`${inspect(loaded, { depth: 9 })}${JSON.stringify(loaded.key)}`).not.toMatch(/canary|signer\.example/);
  });

  it('are refused without TLS over a network, half configured, or configured twice', () => {
    const wrong = {
      ...guarded,
      SURETY_ATTESTER_SIGNER_URL: 'http://signer.example/',
      SURETY_ATTESTER_ADDRESS: '0x12',
      SURETY_ATTESTER_KEYSTORE_FILE: 'attester.json',
      SURETY_ATTESTER_SIGNER_CERT_FILE: file('cert.pem', 'x'),
      SURETY_PEER_URLS: 'ftp://peer',
    };
    expect(() => loadWatcherConfig(wrong)).toThrowErrorMatchingInlineSnapshot(`
      [AppError: the configuration has 5 problems; mend them and start again:
        SURETY_PEER_URLS: seen (withheld); expected an http or https URL
        SURETY_ATTESTER_KEYSTORE_FILE: seen a key beside a remote signer; expected one of them: unset it or SURETY_ATTESTER_SIGNER_URL
        SURETY_ATTESTER_SIGNER_URL: seen (withheld); expected an https URL, or one on this machine
        SURETY_ATTESTER_ADDRESS: seen 0x12; expected the address of the remote key
        SURETY_ATTESTER_SIGNER_CERT_FILE: seen one of two; expected both it and SURETY_ATTESTER_SIGNER_KEY_FILE, or neither]
    `);
    const local = { ...guarded, SURETY_ATTESTER_SIGNER_URL: 'http://127.0.0.1:9000' };
    expect(loadWatcherConfig(local).key.kind).toBe('remote');
  });
});

describe('a process’s configuration', () => {
  it('reports everything missing or wrong together, and withholds secret values', () => {
    const broken = {
      SURETY_CONFIG: config,
      RPC_A_1: 'ftp://user:pass@host',
      SURETY_ATTESTER_KEY: '0x12',
      SURETY_HTTP_PORT: '70000',
      SURETY_CHAINS: '901,5',
    };
    expect(() => loadWatcherConfig(broken)).toThrowErrorMatchingInlineSnapshot(`
      [AppError: the configuration has 6 problems; mend them and start again:
        SURETY_CHAINS: seen 5; expected chains whose vaults are attested: 901
        SURETY_AGGREGATOR_URLS: seen nothing; expected at least one URL, such as http://127.0.0.1:8710
        SURETY_ATTESTER_KEY: seen (withheld); expected 0x and 64 hex digits
        RPC_A_1: seen (withheld); expected an http or https URL
        RPC_S_1: seen nothing; expected the URL of provider s-1 of s (900)
        SURETY_HTTP_PORT: seen 70000; expected a port from 0 (any free one) to 65535]
    `);
  });

  it('refuses a file that is not there, and one without a deployment', () => {
    expect(() => loadOperatorConfig({ SURETY_CONFIG: join(folder, 'none.json') })).toThrow(/none.json \(ENOENT\)/);
    const bare = write(
      'bare.json',
      JSON.stringify({ version: 1, profile: 'development', chains: [developmentChain(900, 's')] }),
    );
    expect(() => loadAggregatorConfig({ ...environment, SURETY_CONFIG: bare })).toThrow(
      expect.objectContaining({ code: 'CONFIG_NOT_DEPLOYED' }),
    );
  });

  it('refuses a key in the environment and one URL for two providers outside the development profile', () => {
    expect(() => loadWatcherConfig({ ...environment, ...urls, SURETY_CONFIG: production })).toThrow(
      /SURETY_ATTESTER_KEY: seen a key in the environment; expected SURETY_ATTESTER_KEYSTORE_FILE in the production profile/,
    );
    expect(() => loadSpendingKey({ ...environment, SURETY_KEY: 'nonsense' })).toThrow(/SURETY_KEY: seen \(withheld\)/);
    expect(() =>
      loadWatcherConfig({
        ...environment,
        ...urls,
        RPC_URL_ETHEREUM_3: 'HTTPS://OPERATOR-BETA.EXAMPLE/',
        SURETY_CONFIG: production,
      }),
    ).toThrow(/RPC_URL_ETHEREUM_3: seen \(withheld\); expected another URL than the other providers of ethereum/);
  });

  it('is refused in the production profile if the linter refuses the file, or the hosts of its providers', () => {
    const weak = write('weak.json', JSON.stringify(applyExample({ 'chains[0].vault.policy.m': 0 })));
    const watcher = {
      ...urls,
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710',
      SURETY_ATTESTER_SIGNER_URL: 'https://signer.example/',
      SURETY_ATTESTER_ADDRESS: `0x${'ab'.repeat(20)}`,
      SURETY_HISTORY_DIR: '/other/disk',
    };
    const relayer = {
      ...urls,
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710',
      SURETY_RELAYER_KEYSTORE_FILE: write('keystore.json', '{}'),
      SURETY_RELAYER_PASSWORD_FILE: write('password', 'x'),
    };
    const starts: readonly (readonly [load: (env: Record<string, string>) => unknown, env: Record<string, string>])[] =
      [
        [loadAggregatorConfig, urls],
        [loadWatcherConfig, watcher],
        [loadRelayerConfig, relayer],
      ];
    for (const [load, env] of starts) {
      expect(() => load({ ...env, SURETY_CONFIG: weak })).toThrow(
        /chains\[0\]\.vault: seen m = 0; expected a policy with m .*\(surety config lint: no-witness\)/,
      );
      expect(load({ ...env, SURETY_CONFIG: production })).toMatchObject({ network: { profile: 'production' } });
    }
    const shared = { ...urls, RPC_URL_BASE_2: 'https://operator-alpha.example/other' };
    expect(() => loadAggregatorConfig({ ...shared, SURETY_CONFIG: production })).toThrow('providers-sharing-backend');
    const development = { ...applyExample({ 'chains[0].vault.policy.m': 0 }), profile: 'development' };
    const mild = write('mild.json', JSON.stringify(development));
    expect(() => loadAggregatorConfig({ ...urls, SURETY_CONFIG: mild })).not.toThrow();
  });

  it('accepts a campaign’s crash point, and refuses one in the production profile', () => {
    expect(loadWatcherConfig(environment).crashAt).toBeUndefined();
    const at = (text: string) => loadWatcherConfig({ ...environment, SURETY_CRASH_AT: text }).crashAt;
    expect(at('watcher.frame.read')).toEqual({ name: 'watcher.frame.read', passing: 1 });
    expect(at('watcher.frame.read:12')).toEqual({ name: 'watcher.frame.read', passing: 12 });
    expect(() => at('watcher frame:0')).toThrow(/SURETY_CRASH_AT: seen watcher frame:0; expected the name of a crash/);
    expect(() =>
      loadWatcherConfig({ ...environment, ...urls, SURETY_CONFIG: production, SURETY_CRASH_AT: 'watcher.frame.read' }),
    ).toThrow(/SURETY_CRASH_AT: seen watcher.frame.read; expected nothing/);
  });

  it('reads secrets from files, and never shows them', () => {
    const file = write('key', `${key}\n`);
    const watcher = loadWatcherConfig({
      ...environment,
      SURETY_ATTESTER_KEY: undefined,
      SURETY_ATTESTER_KEY_FILE: file,
    });
    expect(watcher.key).toMatchObject({ kind: 'environment' });
    if (watcher.key.kind !== 'environment') throw new Error('expected a key of the environment');
    expect(watcher.key.key.reveal()).toBe(key);
    const shown = `${JSON.stringify(watcher)} ${String(watcher.key.key)} ${JSON.stringify([...watcher.endpoints])}`;
    expect(shown).not.toContain('5e5e');
    expect(shown).not.toContain('secret-path');
    expect(inspect(new Secret('hush'))).toBe('[secret]');
  });

  it('takes a keystore with its password', () => {
    const keystore = { SURETY_RELAYER_KEYSTORE_FILE: write('keystore.json', '{}') };
    const password = write('password', 'correct horse');
    const relayer = loadRelayerConfig({ ...environment, ...keystore, SURETY_RELAYER_PASSWORD_FILE: password });
    expect(relayer.key).toMatchObject({ kind: 'keystore', file: keystore.SURETY_RELAYER_KEYSTORE_FILE });
    expect(() => loadRelayerConfig({ ...environment, ...keystore })).toThrow(/SURETY_RELAYER_PASSWORD_FILE/);
  });

  it('limits a relayer’s spending by chain, with reasonable defaults', () => {
    const plain = loadRelayerConfig({ ...environment, SURETY_RELAYER_KEY: key });
    expect([...plain.gas.keys()]).toEqual([901, 900]);
    expect(plain.gas.get(900)).toEqual({
      feeCapWei: 300n * 10n ** 9n,
      tipCapWei: 5n * 10n ** 9n,
      budgetWeiPerDay: 5n * 10n ** 18n,
    });
    expect(plain.intervals.get(900)).toEqual({ pollMs: null, replaceAfterMs: null, witnessFallbackMs: null });
    expect(plain.pay.get(901)).toEqual({ mode: 'all', subsidyWei: 0n, gasUnderlying: null });
    const told = loadRelayerConfig({
      ...environment,
      SURETY_RELAYER_KEY: key,
      SURETY_GAS_BUDGET_WEI: '7',
      SURETY_GAS_BUDGET_WEI_901: '8',
      SURETY_PAY_MODE: 'covered',
      SURETY_PAY_SUBSIDY_WEI_901: '9',
      SURETY_GAS_UNDERLYING: '1',
      SURETY_RELAY_INTERVAL_MS: '500',
      SURETY_REPLACE_AFTER_MS_900: '9000',
      SURETY_WITNESS_FALLBACK_MS_900: '60000',
      SURETY_WITNESS_FEE_MAX_WEI_900: '3',
      SURETY_WITNESS_FEE_SHARE_BPS: '0',
      SURETY_WITNESS_STALENESS_MS_900: '0',
      SURETY_VAA_URL: 'https://guardian.example',
      SURETY_COMPARE_INTERVAL_S: '60',
      SURETY_PYTH_URLS: 'https://hermes.example/a, https://hermes.example/b',
      SURETY_PYTH_TOKEN: 'hush',
      SURETY_PRICE_FEE_MAX_WEI: '2',
    });
    expect(plain.priceUpdates).toMatchObject({ pyth: { urls: [] }, redstone: { urls: [] }, feeMaxWei: 10n ** 15n });
    expect(told.priceUpdates).toMatchObject({
      pyth: { urls: ['https://hermes.example/a', 'https://hermes.example/b'] },
      feeMaxWei: 2n,
    });
    expect(told.priceUpdates.pyth.token?.reveal()).toBe('hush');
    expect([plain.compareIntervalMs, told.compareIntervalMs]).toEqual([3_600_000, 60_000]);
    expect([plain.vaaUrl, told.vaaUrl]).toEqual(['', 'https://guardian.example']);
    const publishing = { feeMaxWei: 10n ** 16n, feeShareBps: 10n, stalenessMs: 300_000 };
    expect(plain.publishing.get(900)).toEqual(publishing);
    expect(told.publishing.get(900)).toEqual({ feeMaxWei: 3n, feeShareBps: 0n, stalenessMs: 0 });
    expect(told.publishing.get(901)).toEqual({ ...publishing, feeShareBps: 0n });
    expect(told.intervals.get(900)).toEqual({ pollMs: 500, replaceAfterMs: 9_000, witnessFallbackMs: 60_000 });
    expect([...told.gas.values()].map(({ budgetWeiPerDay }) => budgetWeiPerDay)).toEqual([8n, 7n]);
    expect(told.pay.get(901)).toEqual({ mode: 'covered', subsidyWei: 9n, gasUnderlying: 1 });
  });

  it('refuses unknown amounts, modes and underlyings', () => {
    const load = (name: string, text: string) => () =>
      loadRelayerConfig({ ...environment, SURETY_RELAYER_KEY: key, [name]: text });
    expect(load('SURETY_FEE_CAP_WEI', '1e9')).toThrow(/SURETY_FEE_CAP_WEI\[_901\]: seen 1e9; expected wei as a whole/);
    expect(load('SURETY_RELAY_INTERVAL_MS', '0')).toThrow(/SURETY_RELAY_INTERVAL_MS\[_901\]: seen 0; expected 10 to/);
    for (const text of ['-1', '10001', '1e2'])
      expect(load('SURETY_WITNESS_FEE_SHARE_BPS', text)).toThrow(
        `SURETY_WITNESS_FEE_SHARE_BPS[_901]: seen ${text}; expected whole basis points`,
      );
    expect(load('SURETY_WITNESS_STALENESS_MS', '1.5')).toThrow(
      /SURETY_WITNESS_STALENESS_MS\[_901\]: seen 1.5; expected 0/,
    );
    for (const text of ['0', '1.5', '86401', 'never'])
      expect(load('SURETY_COMPARE_INTERVAL_S', text)).toThrow(
        `SURETY_COMPARE_INTERVAL_S: seen ${text}; expected whole`,
      );
    expect(load('SURETY_PAY_MODE', 'some')).toThrow(/SURETY_PAY_MODE: seen some; expected all, or covered/);
    expect(load('SURETY_GAS_UNDERLYING', '2')).toThrow(/SURETY_GAS_UNDERLYING: seen 2; expected an underlying/);
  });

  it('has defaults for everything optional', () => {
    const aggregator = loadAggregatorConfig(environment);
    expect(aggregator.compareIntervalMs).toBe(3_600_000);
    expect(aggregator.http).toEqual({ host: '127.0.0.1', port: 8710 });
    expect(aggregator.databaseUrl.reveal()).toBe('sqlite:./.surety/aggregator.sqlite');
    expect([...aggregator.endpoints.keys()]).toEqual([901, 900]);
    expect(loadWatcherConfig(environment).chainIds).toEqual([901]);
    expect(loadOperatorConfig({ SURETY_CONFIG: config }).aggregatorUrl).toBe('http://127.0.0.1:8710');
    expect(() => loadAggregatorConfig({ ...environment, SURETY_DATABASE_URL: 'mysql://x' })).toThrow(
      /SURETY_DATABASE_URL: seen \(withheld\)/,
    );
    expect(() => loadAggregatorConfig({ ...environment, SURETY_LOG_FORMAT: 'xml' })).toThrow(
      /SURETY_LOG_FORMAT: seen xml; expected json or text/,
    );
    expect(() => loadAggregatorConfig({ ...environment, SURETY_LOG_LEVEL: 'loud' })).toThrow(
      /SURETY_LOG_LEVEL: seen loud/,
    );
  });

  it.each([
    [undefined, 'any'],
    ['none', 'none'],
    ['https://app.example.org, http://localhost:5173', ['https://app.example.org', 'http://localhost:5173']],
  ])('reads the origins of pages %s', (text, origins) => {
    expect(loadAggregatorConfig({ ...environment, SURETY_CORS_ORIGINS: text }).corsOrigins).toEqual(origins);
  });

  it.each([
    [undefined, ['loopback']],
    ['none', []],
    ['10.0.0.0/8, fd00::/8,uniquelocal', ['10.0.0.0/8', 'fd00::/8', 'uniquelocal']],
  ])('reads the proxies that are believed: %s', (text, proxies) => {
    expect(loadAggregatorConfig({ ...environment, SURETY_TRUSTED_PROXIES: text }).trustedProxies).toEqual(proxies);
  });

  it.each(['all', '0.0.0.0/0', '10.0.0.0/33', '10.0.0', 'proxy.example.org', '10.0.0.0/8/8'])(
    'believes no proxy called %s',
    (text) => {
      expect(() => loadAggregatorConfig({ ...environment, SURETY_TRUSTED_PROXIES: `loopback,${text}` })).toThrow(
        `SURETY_TRUSTED_PROXIES: seen ${text}; expected none, addresses, ranges such as 10.0.0.0/8, or loopback`,
      );
    },
  );

  it('reads where spans go and which entries have them, and does not show the address', () => {
    const load = (url: string, oneIn?: string) =>
      loadAggregatorConfig({ ...environment, SURETY_TRACES_URL: url, SURETY_TRACES_ONE_IN: oneIn }).traces;
    expect([load(''), load('', '7')]).toEqual([undefined, undefined]);
    const traces = load('http://127.0.0.1:4318/v1/traces', '100');
    expect([traces?.url.reveal(), traces?.oneIn]).toEqual(['http://127.0.0.1:4318/v1/traces', 100n]);
    expect(load('https://a.example/v1/traces')?.oneIn).toBe(1n);
    expect(() => load('grpc://a.example/token')).toThrow(/SURETY_TRACES_URL: seen \(withheld\); expected an http/);
    for (const wrong of ['0', '-1', '1.5', '1000000', 'all'])
      expect(() => load('', wrong)).toThrow(
        `SURETY_TRACES_ONE_IN: seen ${wrong}; expected a whole number from 1 (every entry) to 999999`,
      );
  });

  it.each([
    'https://app.example.org/',
    'app.example.org',
    'https://app.example.org:443',
    'ftp://app.example.org',
    'null',
  ])('refuses %s as an origin, since no browser sends it', (text) => {
    expect(() => loadAggregatorConfig({ ...environment, SURETY_CORS_ORIGINS: `https://a.example,${text}` })).toThrow(
      `SURETY_CORS_ORIGINS: seen ${text}; expected *, none, or origins as browsers send them`,
    );
  });
});
