import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type NetworkFile,
  applyExample,
  bridgeIdsOf,
  findNetworkIssues,
  lintNetwork,
  networkJsonSchema,
  parseNetwork,
  vaultEdges,
} from './index.js';

const root = new URL('../../../', import.meta.url);
const example = (): NetworkFile => JSON.parse(readFileSync(new URL('chains.config.json', root), 'utf8')) as NetworkFile;
const word = `0x${'ab'.repeat(32)}`;
const some = (digit: string): string => `0x${digit.repeat(40)}`;

/** The example with a vault on Base, a ledger on Arbitrum and seven attesters. */
function deployed(): NetworkFile {
  const network = example();
  const base = network.chains[2];
  if (base === undefined) throw new Error('the example has no third chain');
  base.vault = {
    address: some('1'),
    codeHash: word,
    source: 1,
    fromBlock: '10',
    attesterSet: some('2'),
    assets: [
      {
        index: 1,
        assetId: 1,
        symbol: 'USDC',
        token: some('3'),
        decimals: 6,
        underlying: 1,
        cap: '1000000000000',
        minimum: '1000000',
        baseI: 9500,
        baseM: 9800,
      },
    ],
  };
  network.settlement = {
    chainId: 42161,
    ledger: some('4'),
    ledgerCodeHash: word,
    lens: some('5'),
    riskManager: some('6'),
    attesterSet: some('7'),
    fromBlock: '20',
    underlyings: [{ id: 1, symbol: 'USD', feed: some('8'), priceMaxAgeS: 86400 }],
  };
  network.attesters = { epoch: 1, members: ['1', '2', '3', '4', '5', '6', '7'].map((digit) => some(digit)) };
  return network;
}

type Change = (network: NetworkFile) => void;
const changed = (change: Change): NetworkFile => {
  const network = deployed();
  change(network);
  return network;
};

/** Returns a value that the fixture is known to contain. */
function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the fixture lacks it');
  return value;
}
const chain = (network: NetworkFile): NetworkFile['chains'][number] => present(network.chains[2]);
const vault = (network: NetworkFile): NonNullable<NetworkFile['chains'][number]['vault']> =>
  present(chain(network).vault);
type Underlying = NonNullable<NetworkFile['settlement']>['underlyings'][number];
const price = (network: NetworkFile): Underlying => present(present(network.settlement).underlyings[0]);
const source = (digits: string): Extract<NonNullable<Underlying['sources']>[number], { kind: 'aggregator' }> => ({
  kind: 'aggregator',
  network: 'chainlink',
  adapter: `0x${digits.repeat(40).slice(0, 40)}`,
  aggregator: some('9'),
});
const asset = (network: NetworkFile): ReturnType<typeof vault>['assets'][number] => present(vault(network).assets[0]);

describe('the edges of a vault', () => {
  it('lead from the vault to the ledger and back', () => {
    const network = deployed();
    const edges = vaultEdges(present(network.settlement), { chainId: 8453, vault: vault(network) });
    expect(edges.of('to-ledger')).toMatchObject({ originChainId: 8453, journal: some('1'), replica: some('4') });
    expect(edges.of('to-vault')).toMatchObject({ originChainId: 42161, journal: some('4'), replica: some('1') });
  });

  it('have no configured generation: an older file is refused, naming what to delete', () => {
    const network = changed((n) => {
      Object.assign(vault(n), { generation: 1, closedHeads: { toLedger: [word], toVault: [] } });
    });
    expect(findNetworkIssues(network)).toEqual([
      {
        path: 'chains[2].vault',
        seen: 'unknown member generation, closedHeads',
        expected: expect.stringMatching(/delete generation and closedHeads$/) as string,
      },
    ]);
  });
});

describe('a cap over several assets', () => {
  it('is refused in an older file, naming what to delete and what limits it instead', () => {
    const network = changed((n) => {
      const policy = { m: 1, capWad: '0', valueMaxUsd: '1', fastBp: 1 };
      Object.assign(vault(n), { policy });
      Object.assign(present(n.settlement).underlyings[0] ?? {}, { capWad: '5' });
    });
    const expected = expect.stringMatching(/the cap of each asset .* bounds .*: delete capWad$/) as string;
    expect(findNetworkIssues(network)).toEqual([
      { path: 'settlement.underlyings[0]', seen: 'unknown member capWad', expected },
      { path: 'chains[2].vault.policy', seen: 'unknown member capWad', expected },
    ]);
  });
});

describe('a name', () => {
  const places: readonly (readonly [where: string, name: (network: NetworkFile, text: string) => void])[] = [
    ['a chain', (n, text) => Object.assign(n.chains[0] ?? {}, { name: text })],
    ['a provider', (n, text) => Object.assign(n.chains[0]?.providers[0] ?? {}, { name: text })],
    ['whoever runs a provider', (n, text) => Object.assign(n.chains[0]?.providers[0] ?? {}, { operator: text })],
    ['an asset', (n, text) => Object.assign(asset(n), { symbol: text })],
    ['an underlying', (n, text) => Object.assign(present(n.settlement).underlyings[0] ?? {}, { symbol: text })],
  ];

  it.each(places)('of %s is refused unless it stays on its line: shells read what is made of it', (_, name) => {
    for (const text of ['a\nNODE_OPTIONS=--import=x', 'a\rb', 'a\u001b[2J', 'a\u202eb', 'a\u2028b', '']) {
      const expected = expect.stringMatching(/^a name of 1 to 100 characters on one line/) as string;
      expect(findNetworkIssues(changed((n) => name(n, text)))).toContainEqual(expect.objectContaining({ expected }));
    }
  });
});

describe('an address', () => {
  const spelt = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

  it('may be in small letters, in capitals, or spelt with its checksum', () => {
    for (const token of [spelt, spelt.toLowerCase(), `0x${spelt.slice(2).toUpperCase()}`])
      expect(findNetworkIssues(changed((n) => void (asset(n).token = token)))).toEqual([]);
  });

  it('is refused if its capitals are not its checksum, with the spelling of its digits', () => {
    const mistyped = spelt.replace('6053', '6054');
    const [issue, ...others] = findNetworkIssues(changed((n) => void (asset(n).token = mistyped)));
    expect(others).toEqual([]);
    expect(issue).toEqual({
      path: 'chains[2].vault.assets[0].token',
      seen: JSON.stringify(mistyped),
      expected: expect.stringMatching(
        /^0x5a[0-9a-fA-F]{38} if every letter and digit is right, by its checksum; one may be mistyped: copy it again$/,
      ) as string,
    });
  });

  it('of a wrong length is refused for that alone', () => {
    const issues = findNetworkIssues(changed((n) => void (asset(n).token = spelt.slice(0, -1))));
    expect(issues.map(({ expected }) => expected)).toEqual(['an address: 0x and 40 hex digits']);
  });
});

describe('chains.config.json', () => {
  const refused: readonly (readonly [what: string, path: string, change: Change])[] = [
    [
      'a LayerZero id that its table does not have',
      'chains[2].layerZeroEid',
      (n) => void (chain(n).layerZeroEid = 184),
    ],
    [
      'a Wormhole id that its table does not have',
      'chains[2].wormholeChainId',
      (n) => void (chain(n).wormholeChainId = 2),
    ],
    ['bridge ids of a chain that no table knows', 'chains[2].layerZeroEid', (n) => void (chain(n).chainId = 901)],
    [
      'a source of a price twice',
      'settlement.underlyings[0].sources',
      (n) => void (price(n).sources = [source('8a'), source('8a')]),
    ],
    [
      'an only source of a price that is not its feed',
      'settlement.underlyings[0].feed',
      (n) => void (price(n).sources = [source('8a')]),
    ],
    [
      'a feed that is one of its two sources',
      'settlement.underlyings[0].feed',
      (n) => void (price(n).sources = [source('8'), source('8a')]),
    ],
    [
      'four sources of a price',
      'settlement.underlyings[0].sources',
      (n) => void (price(n).sources = ['8a', '8b', '8c', '8d'].map(source)),
    ],
    [
      'a network of a price in capitals',
      'settlement.underlyings[0].sources[0].network',
      (n) => void (price(n).sources = [{ ...source('8'), network: 'Chainlink' }]),
    ],
    ['three providers', 'chains[2].providers', (n) => void chain(n).providers.pop()],
    [
      'providers of two operators',
      'chains[2].providers',
      (n) => chain(n).providers.forEach((p, at) => (p.operator = `o${at % 2}`)),
    ],
    [
      'one provider twice',
      'chains[2].providers',
      (n) => chain(n).providers.forEach((p) => (p.urlEnv = 'RPC_URL_BASE_1')),
    ],
    [
      'a frame longer than a quarter of the finality step',
      'chains[2].frameLength',
      (n) => void (chain(n).frameLength = 49),
    ],
    ['a development chain in production', 'chains[2].development', (n) => void (chain(n).development = true)],
    ['a chain twice', 'chains', (n) => void (chain(n).chainId = 1)],
    [
      'an asset of an unknown underlying',
      'chains[2].vault.assets[0].underlying',
      (n) => void (asset(n).underlying = 2),
    ],
    ['an initial weight above maintenance', 'chains[2].vault.assets[0].baseI', (n) => void (asset(n).baseI = 9900)],
    ['a cap below the minimum', 'chains[2].vault.assets[0].cap', (n) => void (asset(n).cap = '1')],
    [
      'a settlement chain that is not listed',
      'settlement.chainId',
      (n) => void (n.settlement && (n.settlement.chainId = 5)),
    ],
    ['a ledger without attesters', 'attesters', (n) => void delete n.attesters],
    ['one attester twice', 'attesters.members', (n) => void (n.attesters && (n.attesters.members[1] = some('1')))],
    ['three attesters', 'attesters.members', (n) => void n.attesters?.members.splice(3)],
    ['a zero address', 'chains[2].vault.address', (n) => void (vault(n).address = some('0'))],
    ['a zero code hash', 'chains[2].vault.codeHash', (n) => void (vault(n).codeHash = `0x${'0'.repeat(64)}`)],
    [
      'an amount that is a number',
      'chains[2].vault.assets[0].cap',
      (n) => void (asset(n).cap = 5 as unknown as string),
    ],
    ['a member nobody knows', 'chains[2]', (n) => void Object.assign(chain(n), { confirmations: 1 })],
    [
      'a finality rule nobody knows',
      'chains[2].finality.rule',
      (n) => Object.assign(chain(n).finality, { rule: 'latest' }),
    ],
    [
      'a finality rule without its reason',
      'chains[2].finality.reason',
      (n) => Object.assign(chain(n).finality, { reason: '' }),
    ],
  ];

  it.each(refused)('refuses %s', (_, path, change) => {
    expect(findNetworkIssues(changed(change)).map((issue) => issue.path)).toContain(path);
  });

  it('reports every problem at once, by path, with the value seen and expected', () => {
    const text = JSON.stringify(
      changed((n) => {
        chain(n).frameLength = 64;
        asset(n).baseI = 9900;
      }),
    );
    expect(() => parseNetwork(text, 'chains.config.json')).toThrowErrorMatchingInlineSnapshot(`
      [AppError: chains.config.json has 2 problems; mend them and start again:
        chains[2].frameLength: seen 64; expected at most 48, a quarter of finality.stepBlocks 192
        chains[2].vault.assets[0].baseI: seen 9900; expected at most baseM 9800]
    `);
    expect(() => parseNetwork('{', 'here')).toThrow(expect.objectContaining({ code: 'CONFIG_UNREADABLE' }));
    expect(() => parseNetwork('{"version":"1","chains":{},"at":"5"}', 'here')).toThrowErrorMatchingInlineSnapshot(`
      [AppError: here has 4 problems; mend them and start again:
        version: seen "1"; expected 1
        profile: seen nothing; expected one of "development"|"production"
        chains: seen {}; expected array
        (file): seen unknown member at; expected only members the schema knows]
    `);
  });

  it('returns a frozen value', () => {
    const network = parseNetwork(JSON.stringify(deployed()), 'here');
    expect(Object.isFrozen(network.chains[2]?.vault?.assets[0])).toBe(true);
  });

  it('is valid as committed, keeps every rule, and agrees with the SDK tables', () => {
    const network = parseNetwork(JSON.stringify(example()), 'here');
    expect(lintNetwork(network)).toMatchObject({ ok: true, findings: [], score: 100 });
    expect(network.chains.map((one) => [one.chainId, one.layerZeroEid, one.wormholeChainId])).toEqual([
      [1, 30101, 2],
      [42161, 30110, 23],
      [8453, 30184, 30],
      [10, 30111, 24],
      [137, 30109, 5],
    ]);
    expect(bridgeIdsOf(901)).toEqual({ name: undefined, layerZeroEid: undefined, wormholeChainId: undefined });
  });

  it('has its JSON schema beside it', () => {
    const committed: unknown = JSON.parse(readFileSync(new URL('chains.schema.json', root), 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(networkJsonSchema())));
  });
});

describe('witnesses in chains.config.json', () => {
  const place = 'chains[0].vault.witnesses';
  const twice = { kind: 'layerzero', ...applyExample({}).chains[0]?.vault?.witnesses?.[0] };
  const refused: readonly (readonly [what: string, path: string, changes: Record<string, unknown>])[] = [
    ['two in one slot', place, { [`${place}[1].slot`]: 0 }],
    ['two of one name', place, { [`${place}[1].name`]: 'layerzero' }],
    [
      'a failure domain in two spellings',
      `${place}[1].failureDomain`,
      { [`${place}[1].failureDomain`]: 'LayerZero-DVNs' },
    ],
    [
      'an operator in two spellings',
      `${place}[0].atLedger.send.requiredDvns[1].operator`,
      { [`${place}[0].atLedger.send.requiredDvns[1].operator`]: 'DVN-Alpha' },
    ],
    ['a name with spaces around it', 'attesters.operators[6].custody', { 'attesters.operators[6].custody': ' vault ' }],
    ['a fifth slot', `${place}[0].slot`, { [`${place}[0].slot`]: 4 }],
    ['five of them', place, { [place]: [twice, twice, twice, twice, twice] }],
    ['a kind nobody knows', `${place}[0].kind`, { [`${place}[0].kind`]: 'carrier-pigeon' }],
    ['a member nobody knows', `${place}[2]`, { [`${place}[2].trustMe`]: true }],
    ['a contract at zero', `${place}[0].atVault.contract`, { [`${place}[0].atVault.contract`]: some('0') }],
    ['LayerZero where the chain has no eid', `${place}[0].kind`, { 'chains[0].layerZeroEid': null }],
    ['Wormhole where the settlement chain has no id', `${place}[1].kind`, { 'chains[1].wormholeChainId': null }],
    ['witnesses of the settlement chain’s own vault', place, { 'settlement.chainId': 1 }],
    ['the operator of a stranger', 'attesters.operators[0].member', { 'attesters.operators[0].member': some('9') }],
    [
      'two operators of one member',
      'attesters.operators',
      { 'attesters.operators[0].member': `0x${'2'.padStart(40, 'a')}` },
    ],
  ];

  it.each(refused)('refuses %s', (_, path, changes) => {
    expect(findNetworkIssues(applyExample(changes)).map((issue) => issue.path)).toContain(path);
  });

  it('names the missing id and its chain', () => {
    const text = JSON.stringify(applyExample({ 'chains[0].layerZeroEid': null }));
    expect(() => parseNetwork(text, 'chains.config.json')).toThrowErrorMatchingInlineSnapshot(`
      [AppError: chains.config.json has 1 problem; mend them and start again:
        chains[0].vault.witnesses[0].kind: seen layerzero; expected layerZeroEid of ethereum (1)]
    `);
  });

  it('accepts ids of local bridges on a development chain that no table lists', () => {
    const local = { profile: 'development', 'chains[2].chainId': 901, 'chains[2].layerZeroEid': 40_337 };
    expect(findNetworkIssues(applyExample({ ...local, 'chains[2].development': true }))).toEqual([]);
    expect(findNetworkIssues(applyExample(local)).map(({ path }) => path)).toContain('chains[2].layerZeroEid');
  });
});
