import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  LINT_RULES,
  type LintExample,
  type LintReport,
  type NetworkFile,
  applyExample,
  asProduction,
  exampleNetwork,
  findNetworkIssues,
  lintNetwork,
  loadHosts,
  parseNetwork,
  renderLintRules,
} from '../index.js';
import { siteOf } from './site-of.js';

const root = new URL('../../../../', import.meta.url);
const lintOf = (file: NetworkFile, hosts: ReadonlyMap<string, string> = new Map()): LintReport =>
  lintNetwork(parseNetwork(JSON.stringify(file), 'the example'), { hosts });
const brokenBy = (example: LintExample): string[] => [
  ...new Set(lintOf(applyExample(example)).findings.map(({ rule }) => rule)),
];
const WITNESSES = 'chains[0].vault.witnesses';
const PRICE = 'settlement.underlyings[0]';

describe('each rule of the linter', () => {
  it.each(LINT_RULES)(
    '$id is the only rule broken by its bad example, and kept by its good one',
    ({ id, bad, good }) => {
      expect(findNetworkIssues(applyExample(bad))).toEqual([]);
      expect(brokenBy(bad)).toEqual([id]);
      expect(findNetworkIssues(applyExample(good))).toEqual([]);
      expect(brokenBy(good)).toEqual([]);
    },
  );

  it.each(LINT_RULES)('$id names its severity in every finding, and the path it is about', ({ bad, severity, fix }) => {
    const { ok, findings } = lintOf(applyExample(bad));
    expect(ok).toBe(severity === 'warn');
    for (const finding of findings) {
      expect(finding).toMatchObject({ severity, fix });
      expect(finding.path).toMatch(/^(chains\[\d\]|settlement|attesters)/);
    }
  });

  it('has a unique id in kebab case, and something to check in the example network', () => {
    const ids = LINT_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][a-z0-9]*(-[a-z]+)+$/.test(id))).toEqual([]);
    expect(lintOf(exampleNetwork())).toMatchObject({
      ok: true,
      score: 100,
      findings: [],
      looked: { rules: ids.length },
    });
  });

  it('matches docs/CONFIG-LINT.md', () => {
    const page = readFileSync(new URL('docs/CONFIG-LINT.md', root), 'utf8');
    expect(page, 'write it anew: npx surety config lint --rules --markdown').toBe(renderLintRules());
  });
});

describe('every member about witnesses, policy and operators', () => {
  const membersOf = (value: unknown, path: string): string[] =>
    typeof value !== 'object' || value === null
      ? [path]
      : [
          path,
          ...Object.entries(value).flatMap(([name, member]) =>
            membersOf(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`),
          ),
        ];
  const { attesters, chains } = exampleNetwork();
  const paths = [
    ...membersOf(chains[0]?.vault?.witnesses, WITNESSES),
    ...membersOf(chains[0]?.vault?.policy, 'chains[0].vault.policy'),
    ...membersOf(attesters?.operators, 'attesters.operators'),
  ];

  // An optional DVN may be missing, and a receiver may need one DVN less: two must still agree.
  const spare = /(optionalDvns|receive\.requiredDvns)\[\d\]$/;

  it.each(paths.filter((path) => !spare.test(path)))('is noticed when %s is missing', (path) => {
    const file = applyExample({ [path]: null });
    const found = findNetworkIssues(file).length > 0 ? 1 : lintOf(file).findings.length;
    expect(found).toBeGreaterThan(0);
  });
});

/** A price of two networks, with addresses that begin with a digit of its own. */
function slotOf(symbol: string, digit: string): object {
  const at = (second: string): string => `0x${`${digit}${second}`.repeat(20)}`;
  return {
    id: 2,
    symbol,
    feed: at('a'),
    priceMaxAgeS: 3_600,
    sources: [
      { kind: 'aggregator', network: 'chainlink', adapter: at('b'), aggregator: at('c') },
      { kind: 'aggregator', network: 'api3', adapter: at('d'), aggregator: at('e') },
    ],
  };
}

function pythAt(digits: string): object {
  const feedId = `0x${'45'.repeat(32)}`;
  return { kind: 'pyth', adapter: `0x${digits.repeat(20)}`, pyth: `0x${'7c'.repeat(20)}`, feedId };
}

function signedBy(...digits: readonly string[]): object {
  const signers = digits.map((two) => `0x${two.repeat(20)}`);
  return { kind: 'redstone', adapter: `0x${'8c'.repeat(20)}`, feedId: `0x${'45'.repeat(32)}`, signers };
}

describe('rules with more than one way to be broken', () => {
  const cases: readonly (readonly [rule: string, what: string, example: LintExample])[] = [
    ['no-witness', 'a source without a policy', { 'chains[0].vault.policy': null }],
    ['no-witness', 'a policy without witnesses', { [WITNESSES]: [] }],
    ['zero-confirmations', 'a sender that inherits', { [`${WITNESSES}[0].atVault.send.confirmations`]: 0 }],
    [
      'finality-below-chain',
      'fewer blocks than finality takes',
      { [`${WITNESSES}[0].atLedger.receive.confirmations`]: 95 },
    ],
    [
      'finality-below-chain',
      'fewer blocks than the stated depth',
      {
        'chains[0].finality': { rule: 'depth', depth: 97, stepBlocks: 32, reason: 'No tag on this chain, they say.' },
      },
    ],
    ['finality-below-chain', 'safe messages', { [`${WITNESSES}[1].atLedger.consistencyLevel`]: 201 }],
    ['finality-below-chain', 'the newest block hash', { [`${WITNESSES}[2].atLedger.hashSource.takes`]: 'latest' }],
    ['default-library', 'a zero library', { [`${WITNESSES}[0].atVault.sendLibrary`]: `0x${'0'.repeat(40)}` }],
    ['unset-peer', 'a zero peer', { [`${WITNESSES}[0].atVault.peer`]: `0x${'0'.repeat(40)}` }],
    [
      'wrong-peer',
      'a LayerZero peer that is not the twin',
      { [`${WITNESSES}[0].atVault.peer`]: `0x${'9'.repeat(40)}` },
    ],
    ['unreachable-verifier-quorum', 'a threshold of 0', { [`${WITNESSES}[0].atLedger.send.optionalThreshold`]: 0 }],
    [
      'unasked-verifier',
      'optional verifiers that the sender does not ask',
      {
        [`${WITNESSES}[0].atLedger.receive.optionalThreshold`]: 2,
        [`${WITNESSES}[0].atVault.send.optionalDvns`]: [{ operator: 'dvn-gamma', address: `0x${'b3'.repeat(20)}` }],
      },
    ],
    [
      'duplicate-verifier-operator',
      'one contract under two names',
      { [`${WITNESSES}[0].atLedger.send.requiredDvns[1].address`]: `0x${'D1'.repeat(20)}` },
    ],
    ['witnesses-in-one-failure-domain', 'two of one operator', { [`${WITNESSES}[2].operator`]: 'wormhole' }],
    ['few-guardians', 'one in the next set', { [`${WITNESSES}[1].nextGuardianSet`]: { index: 5, size: 1 } }],
    ['witness-run-by-attester', 'a DVN of an attester', { 'attesters.operators[0].operator': 'dvn-gamma' }],
    [
      'testnet-address',
      'a core of a test network',
      { [`${WITNESSES}[1].atVault.core`]: '0x79A1027a6A159502049F10906D333EC57E95F083' },
    ],
    [
      'address-in-two-roles',
      'an attester as DVN',
      { 'attesters.members[0]': `0x${'d1'.repeat(20)}`, 'attesters.operators[0]': null },
    ],
    ['one-price-network', 'a price whose sources are not named', { [`${PRICE}.sources`]: null }],
    [
      'one-price-network',
      'two of three sources by one network',
      {
        [`${PRICE}.sources[2]`]: {
          kind: 'redstone',
          adapter: `0x${'8e'.repeat(20)}`,
          feedId: `0x${'11'.repeat(32)}`,
          signers: [`0x${'8f'.repeat(20)}`],
          threshold: 1,
        },
        [`${PRICE}.sources[1].network`]: 'redstone',
      },
    ],
    [
      'feed-read-twice',
      'the feed of another price',
      {
        'settlement.underlyings[1]': { ...slotOf('BTC', 'e'), feed: exampleNetwork().settlement?.underlyings[0]?.feed },
      },
    ],
    [
      'feed-read-twice',
      'the aggregator of another price',
      {
        'settlement.underlyings[1]': slotOf('BTC', 'e'),
        'settlement.underlyings[1].sources[0].aggregator': `0x${'8B'.repeat(20)}`,
      },
    ],
    [
      'feed-read-twice',
      'the id of another price',
      {
        'settlement.underlyings[1]': slotOf('BTC', 'e'),
        'settlement.underlyings[0].sources[1]': pythAt('7a'),
        'settlement.underlyings[1].sources[1]': pythAt('7b'),
      },
    ],
    ['signer-minority', 'more packages than signers', { [`${PRICE}.sources[1]`]: { ...signedBy('a7'), threshold: 7 } }],
    ['signer-minority', 'one key', { [`${PRICE}.sources[1]`]: { ...signedBy('a7'), threshold: 1 } }],
    ['signer-minority', 'a signer twice', { [`${PRICE}.sources[1]`]: { ...signedBy('a7', 'A7', 'a8'), threshold: 2 } }],
    ['address-in-two-roles', 'the ledger as a feed', { [`${PRICE}.feed`]: `0x${'4'.repeat(40)}` }],
    [
      'address-in-two-roles',
      'an adapter as an aggregator',
      { [`${PRICE}.sources[0].aggregator`]: `0x${'8a'.repeat(20)}` },
    ],
    [
      'finality-below-epoch',
      'a depth that reorganisations reach',
      { 'chains[0].finality': { rule: 'depth', depth: 63, stepBlocks: 32, reason: 'Deep enough, somebody said.' } },
    ],
    [
      'finality-below-epoch',
      'single blocks as steps',
      { 'chains[0].finality.stepBlocks': 1, 'chains[0].frameLength': 1 },
    ],
    ['full-weight', 'a maintenance weight alone', { 'chains[0].vault.assets[0].baseM': 9_801 }],
    ['cap-without-bound', 'what no supply reaches', { 'chains[0].vault.assets[0].cap': '9'.repeat(39) }],
    ['cap-above-witnesses', 'above 290 M whatever m is', { 'chains[0].vault.policy.valueMaxUsd': '290000001' }],
  ];

  it('takes a second price of its own feeds, and one Pyth contract for both', () => {
    const second = { 'settlement.underlyings[1]': slotOf('BTC', 'e') };
    expect(brokenBy(second)).toEqual([]);
    const other = { ...pythAt('7b'), feedId: `0x${'46'.repeat(32)}` };
    expect(
      brokenBy({ ...second, [`${PRICE}.sources[1]`]: pythAt('7a'), 'settlement.underlyings[1].sources[1]': other }),
    ).toEqual([]);
  });

  it('takes any step of a chain with finality of its own', () => {
    const polygon = { 'chains[2].chainId': 137, 'chains[2].layerZeroEid': 30_109, 'chains[2].wormholeChainId': 5 };
    expect(brokenBy({ ...polygon, 'chains[2].finality.stepBlocks': 128 })).toEqual([]);
  });

  it.each(cases)('%s refuses %s', (rule, _, example) => {
    expect(findNetworkIssues(applyExample(example))).toEqual([]);
    expect(brokenBy(example)).toContain(rule);
  });

  it('checks no witness of a development chain, unless it is judged as production', () => {
    const file = applyExample({
      profile: 'development',
      'chains[0].development': true,
      [`${WITNESSES}[1].peer`]: null,
    });
    delete file.chains[0]?.vault?.witnesses?.[1]?.atLedger.peer;
    expect(lintOf(file).findings).toEqual([]);
    const strict = lintNetwork(asProduction(parseNetwork(JSON.stringify(file), 'here')));
    expect(strict.findings.map(({ rule }) => rule)).toEqual(['unset-peer']);
  });
});

describe('providers-sharing-backend', () => {
  it('recognises a backend by the hosts of URLs too, and reveals only their owner', () => {
    const hosts = loadHosts(parseNetwork(JSON.stringify(exampleNetwork()), 'here'), {
      RPC_URL_ETHEREUM_1: 'https://eu.nodes.example/v2/secret',
      RPC_URL_ETHEREUM_2: 'https://us.nodes.example/v2/other',
      RPC_URL_ETHEREUM_3: 'no URL',
      RPC_URL_BASE_1: 'https://eu.nodes.example/v2/secret',
    });
    const { findings } = lintOf(exampleNetwork(), hosts);
    expect(findings.map(({ rule, path }) => [rule, path])).toEqual([
      ['providers-sharing-backend', 'chains[0].providers'],
    ]);
    expect(JSON.stringify(findings)).toContain('nodes.example behind 2 of 4 on ethereum');
    expect(JSON.stringify(findings)).not.toContain('secret');
  });

  it('recognises it by a host behind other names, and by a name equal to a host', () => {
    const variables = { RPC_URL_BASE_1: 'https://eu.nodes.example/', RPC_URL_BASE_2: 'https://us.nodes.example/' };
    const brokenWith = (changes: LintExample, environment: Record<string, string>): string[] => {
      const file = applyExample(changes);
      const hosts = loadHosts(parseNetwork(JSON.stringify(file), 'here'), environment);
      return lintOf(file, hosts).findings.map(({ rule }) => rule);
    };
    const named = { 'chains[1].providers[0].backend': 'own', 'chains[1].providers[1].backend': 'own too' };
    expect(brokenWith(named, variables)).toEqual(['providers-sharing-backend']);
    const half = { 'chains[1].providers[2].backend': 'nodes.example' };
    expect(brokenWith(half, { RPC_URL_BASE_1: 'https://eu.nodes.example/' })).toEqual(['providers-sharing-backend']);
    expect(brokenWith(half, {})).toEqual([]);
  });

  it('uses the registered part of a name, and numeric hosts as they are', () => {
    expect(['a.b.example.com', 'example.com', 'x.example.co.uk', 'localhost', '10.0.0.7', '[::1]'].map(siteOf)).toEqual(
      ['example.com', 'example.com', 'example.co.uk', 'localhost', '10.0.0.7', '[::1]'],
    );
  });
});

describe('providers-by-one-operator', () => {
  it('allows one operator exactly a third', () => {
    const providers = ['one', 'one', 'two', 'three', 'four', 'five'].map((operator, at) => ({
      name: `p${at}`,
      operator,
      urlEnv: `RPC_URL_${at}`,
    }));
    expect(brokenBy({ 'chains[2].providers': providers })).toEqual([]);
    expect(brokenBy({ 'chains[2].providers': providers.slice(0, 5) })).toEqual(['providers-by-one-operator']);
  });
});

describe('testnet-address', () => {
  it('is reported once, but not for an address that a public chain shares with a test network', () => {
    const core = '0x79A1027a6A159502049F10906D333EC57E95F083';
    expect(brokenBy({ [`${WITNESSES}[1].atLedger.core`]: core })).toEqual(['testnet-address']);
    const shared = '0xaBf89de706B583424328B54dD05a8fC986750Da8';
    expect(brokenBy({ [`${WITNESSES}[1].atLedger.core`]: shared })).toEqual(['wrong-wormhole-core']);
  });
});

describe('the score', () => {
  it('falls with every broken rule, more for `refuse`, once for all its places, and never below 0', () => {
    const scoreOf = (...ids: readonly string[]): number | null => {
      const rules = LINT_RULES.filter(({ id }) => ids.includes(id));
      return lintOf(applyExample(Object.assign({}, ...rules.map(({ bad }) => bad)))).score;
    };
    const refusing = LINT_RULES.filter(({ severity }) => severity === 'refuse').map(({ id }) => id);
    expect(scoreOf('no-spare-witness')).toBe(96);
    expect(scoreOf('unset-peer')).toBe(80);
    expect(scoreOf('unset-peer', 'default-executor')).toBe(76);
    const everywhere = { [`${WITNESSES}[0].atVault.peer`]: null, [`${WITNESSES}[0].atLedger.peer`]: null };
    expect(lintOf(applyExample(everywhere))).toMatchObject({ score: 80, findings: [{}, {}] });
    expect(scoreOf(...refusing.filter((id) => /^(unset|default|zero)-/.test(id)))).toBe(0);
  });

  it('is absent if nothing was checked', () => {
    const chain = { ...exampleNetwork().chains[2], development: true };
    const file = { version: 1, profile: 'development', chains: [chain] } as NetworkFile;
    expect(lintOf(file)).toEqual({ ok: true, findings: [], score: null, looked: { rules: 0, places: 0 } });
  });
});
