import type { Network } from '../parse-network.js';
import { ASSET_WEIGHTS_MAX_BP, CAP_TOKENS_MAX, COARSE_BELOW_DECIMALS, PRICE_AGE_MAX_S } from './lint-limits.js';
import { type LintRule, lintRule } from './lint-rule.js';
import { assetsOf, chainsOf, priceNetworkOf, sourceAssetsOf, underlyingsOf } from './lint-subjects.js';

/** An asset beside the example's own. */
const SECOND_ASSET = {
  index: 2,
  assetId: 2,
  token: `0x${'3e'.repeat(20)}`,
  decimals: 6,
  underlying: 1,
  cap: '1000000000000',
  minimum: '1000000',
  lockFeeBp: 100,
  baseI: 9_000,
  baseM: 9_500,
};

/** Rules about assets, their prices, and the addresses of contracts and keys. */
export const ASSET_RULES: readonly LintRule[] = [
  lintRule({
    id: 'unset-cap',
    severity: 'refuse',
    wants: 'a cap above 0 for every asset',
    why: 'Resolv, March 2026: one signature without an upper bound minted 80 M.',
    fix: 'Set `cap`, small at first, here and by the governor on chain.',
    bad: { 'chains[0].vault.assets[0].cap': '0', 'chains[0].vault.assets[0].minimum': '0' },
    good: { 'chains[0].vault.assets[0].cap': '1000000000000' },
    subjects: assetsOf,
    field: 'cap',
    judge: ({ asset }) => (asset.cap === '0' ? '0' : null),
  }),
  lintRule({
    id: 'cap-without-bound',
    severity: 'refuse',
    wants: 'a cap of at most 10^15 whole tokens: above that it bounds nothing',
    why: 'Resolv, March 2026: one signature without an upper bound minted 80 M. A cap that no supply reaches is none.',
    fix: 'Set `cap` to what may be lost, in token units, here and by the governor on chain.',
    bad: { 'chains[0].vault.assets[0].cap': `${CAP_TOKENS_MAX}000001` },
    good: { 'chains[0].vault.assets[0].cap': `${CAP_TOKENS_MAX}000000` },
    subjects: assetsOf,
    field: 'cap',
    judge: ({ asset: { cap, decimals } }) => (BigInt(cap) > CAP_TOKENS_MAX * 10n ** BigInt(decimals) ? cap : null),
  }),
  lintRule({
    id: 'symbol-of-two-assets',
    severity: 'refuse',
    wants: 'a symbol of its own for every asset of a vault',
    why: 'Commands take an asset by its symbol: of two that share one, `surety lock --asset USDC` locks the first.',
    fix: 'Name the bridged one as its own chain does, such as USDC.e.',
    bad: { 'chains[0].vault.assets[1]': { ...SECOND_ASSET, symbol: 'USDC' } },
    good: { 'chains[0].vault.assets[1]': { ...SECOND_ASSET, symbol: 'USDC.e' } },
    subjects: namedAssetsOf,
    field: 'symbol',
    judge: ({ symbol, before }) => (before === undefined ? null : `${symbol}, as ${before} has`),
  }),
  lintRule({
    id: 'coarse-asset',
    severity: 'warn',
    wants: 'at least six decimals, so that one unit of the token is worth next to nothing',
    why: 'An auction sells whole units and rounds down: of a share that comes to 1.999 units a standing taker pays for all and gets one, and a last unit worth more than the debt is not sold until the discount has grown.',
    fix: 'List a wrapper with more decimals; leave it only where a unit is worth less than a cent.',
    bad: { 'chains[0].vault.assets[0].decimals': 5 },
    good: { 'chains[0].vault.assets[0].decimals': 6 },
    subjects: assetsOf,
    field: 'decimals',
    judge: ({ asset: { decimals } }) => (decimals < COARSE_BELOW_DECIMALS ? String(decimals) : null),
  }),
  lintRule({
    id: 'unset-minimum',
    severity: 'warn',
    wants: 'a minimum lock above 0, so that dust costs its sender something',
    why: 'Every entry costs attesters, relayer and ledger the same, however small it is.',
    fix: 'Set `minimum` to what is worth a transaction.',
    bad: { 'chains[0].vault.assets[0].minimum': '0' },
    good: { 'chains[0].vault.assets[0].minimum': '1' },
    subjects: assetsOf,
    field: 'minimum',
    judge: ({ asset }) => (asset.minimum === '0' && asset.cap !== '0' ? '0' : null),
  }),
  lintRule({
    id: 'lock-fee-takes-all',
    severity: 'refuse',
    wants: 'a smallest fee below the smallest lock, so that a lock of that size credits something',
    why: 'At 10,000 basis points of the minimum, who locks the minimum pays all of it to a relayer.',
    fix: 'Lower `lockFeeBp` here and by the governor on chain.',
    bad: { 'chains[0].vault.assets[0].lockFeeBp': 10_000 },
    good: { 'chains[0].vault.assets[0].lockFeeBp': 9_999 },
    subjects: assetsOf,
    field: 'lockFeeBp',
    judge: ({ asset: { lockFeeBp = 0 } }) => (lockFeeBp >= 10_000 ? String(lockFeeBp) : null),
  }),
  lintRule({
    id: 'unset-lock-fee',
    severity: 'warn',
    wants: 'a smallest fee of a lock, so that each lock pays for its own way',
    why: 'Whoever applies a lock pays its gas at the ledger, and anyone can make many of them.',
    fix: 'Set `lockFeeBp` to what an entry costs at the ledger, as a part of `minimum`; the governor sets it on chain.',
    bad: { 'chains[0].vault.assets[0].lockFeeBp': null },
    good: { 'chains[0].vault.assets[0].lockFeeBp': 1 },
    subjects: sourceAssetsOf,
    field: 'lockFeeBp',
    judge: ({ asset: { lockFeeBp } }) =>
      (lockFeeBp ?? 0) > 0 ? null : lockFeeBp === undefined ? 'none' : String(lockFeeBp),
  }),
  lintRule({
    id: 'full-weight',
    severity: 'refuse',
    wants: `weights below 1 that the ledger takes, at most ${ASSET_WEIGHTS_MAX_BP.initial} and ${ASSET_WEIGHTS_MAX_BP.maintenance} basis points: no asset is as good as the debt it backs`,
    why: 'A price that falls before anybody can liquidate is bad debt of the whole fall.',
    fix: 'Lower `baseI` or `baseM` to what the ledger has.',
    bad: { 'chains[0].vault.assets[0].baseI': 9_501, 'chains[0].vault.assets[0].baseM': 9_801 },
    good: { 'chains[0].vault.assets[0].baseI': 9_500, 'chains[0].vault.assets[0].baseM': 9_800 },
    subjects: assetsOf,
    judge: ({ asset: { baseI, baseM } }) => {
      const { initial, maintenance } = ASSET_WEIGHTS_MAX_BP;
      return baseI > initial || baseM > maintenance ? `baseI ${baseI} and baseM ${baseM}` : null;
    },
  }),
  lintRule({
    id: 'stale-price-allowed',
    severity: 'warn',
    wants: `prices of at most ${PRICE_AGE_MAX_S} s, a heartbeat of a day and an hour more`,
    why: 'A feed outside its own band keeps its last answer, and only the age shows it.',
    fix: 'Set `priceMaxAgeS` to the feed’s heartbeat with a margin.',
    bad: { 'settlement.underlyings[0].priceMaxAgeS': PRICE_AGE_MAX_S + 1 },
    good: { 'settlement.underlyings[0].priceMaxAgeS': PRICE_AGE_MAX_S },
    subjects: underlyingsOf,
    field: 'priceMaxAgeS',
    judge: ({ underlying: { priceMaxAgeS } }) => (priceMaxAgeS > PRICE_AGE_MAX_S ? `${priceMaxAgeS} s` : null),
  }),
  lintRule({
    id: 'one-price-network',
    severity: 'refuse',
    wants: 'sources of at least 2 networks for every price, each of another network',
    why: 'Moonwell, February 2026: one wrong answer of one network priced cbETH at 1.12 USD.',
    fix: 'List a median over adapters of two or three networks, and name them in `sources`.',
    bad: { 'settlement.underlyings[0].sources[1].network': 'chainlink' },
    good: { 'settlement.underlyings[0].sources[1].network': 'api3' },
    subjects: underlyingsOf,
    field: 'sources',
    judge: ({ underlying: { sources = [] } }) => {
      const networks = sources.map(priceNetworkOf);
      if (networks.length === 0) return 'none';
      const enough = networks.length >= 2 && new Set(networks).size === networks.length;
      return enough ? null : networks.join(', ');
    },
  }),
  lintRule({
    id: 'address-in-two-roles',
    severity: 'refuse',
    wants: 'an address of its own for every contract and key of a chain',
    why: 'Poly, August 2021: the contract that ran messages was let into the one that kept the keys, 611 M.',
    fix: 'Find out which of the two is wrong; a key that stands in two roles is replaced.',
    bad: { 'chains[0].vault.attesterSet': `0x${'1'.repeat(40)}` },
    good: { 'chains[0].vault.attesterSet': `0x${'2'.repeat(40)}` },
    subjects: placesOf,
    judge: ({ roles }) => {
      const seen = new Map<string, string>();
      for (const [address, role] of roles) {
        const key = address.toLowerCase();
        const before = seen.get(key);
        if (before !== undefined && before !== role) return `${address} as ${before} and as ${role}`;
        seen.set(key, role);
      }
      return null;
    },
  }),
];

/** Lists the assets of each vault with the place before them that has their symbol. */
function namedAssetsOf(network: Network): { path: string; symbol: string; before: string | undefined }[] {
  return chainsOf(network).flatMap(({ path, chain }) => {
    const seen = new Map<string, string>();
    return (chain.vault?.assets ?? []).map(({ symbol }, at) => {
      const here = `${path}.vault.assets[${at}]`;
      const before = seen.get(symbol.toLowerCase());
      if (before === undefined) seen.set(symbol.toLowerCase(), here);
      return { path: here, symbol, before };
    });
  });
}

/** Lists the roles of each address on a chain. One address may have the same role in several places. */
function placesOf(network: Network): { path: string; roles: readonly (readonly [address: string, role: string])[] }[] {
  const keys = (network.attesters?.members ?? []).map((member) => [member, 'attester’s key'] as const);
  const { settlement } = network;
  return chainsOf(network)
    .map(({ path, chain }) => {
      const { vault, chainId } = chain;
      const own = vault === undefined ? [] : rolesAtVault(vault);
      const ledger = settlement?.chainId === chainId ? rolesAtLedger(network, settlement) : [];
      return { path, roles: own.length + ledger.length === 0 ? [] : [...own, ...ledger, ...keys] };
    })
    .filter(({ roles }) => roles.length > 0);
}

type Role = readonly [address: string, role: string];
type VaultPart = NonNullable<Network['chains'][number]['vault']>;
type Witness = NonNullable<VaultPart['witnesses']>[number];

function rolesAtVault(vault: VaultPart): Role[] {
  return [
    [vault.address, 'vault'],
    [vault.attesterSet, vault.source === 0 ? 'local verifier' : 'attester set'],
    ...(vault.desk === undefined ? [] : [[vault.desk, 'desk'] as const]),
    ...(vault.gateway === undefined ? [] : [[vault.gateway, 'gateway'] as const]),
    ...vault.assets.map(({ token }): Role => [token, 'token']),
    ...(vault.witnesses ?? []).flatMap((witness) => rolesAtEnd(witness.name, witness.atVault)),
  ];
}

function rolesAtLedger(network: Network, settlement: NonNullable<Network['settlement']>): Role[] {
  return [
    [settlement.ledger, 'ledger'],
    [settlement.lens, 'lens'],
    [settlement.riskManager, 'risk manager'],
    ...(settlement.auction === undefined ? [] : [[settlement.auction, 'auction'] as const]),
    ...(settlement.markets ?? []).flatMap(({ address, tranche, token }): Role[] => [
      [address, 'market'],
      [tranche, 'tranche'],
      [token, 'token'],
    ]),
    ...(settlement.priceDesk === undefined ? [] : [[settlement.priceDesk, 'price desk'] as const]),
    [settlement.attesterSet, 'attester set'],
    ...settlement.underlyings.flatMap(rolesAtPrice),
    ...network.chains.flatMap(({ vault }) =>
      (vault?.witnesses ?? []).flatMap((witness) => rolesAtEnd(witness.name, witness.atLedger)),
    ),
  ];
}

type Underlying = NonNullable<Network['settlement']>['underlyings'][number];

/** An only source is the feed itself. */
function rolesAtPrice({ feed, sources = [] }: Underlying): Role[] {
  return [
    [feed, 'price feed'],
    ...sources.flatMap((source): Role[] => [
      [source.adapter, 'price feed'],
      ...(source.kind === 'redstone' ? source.signers.map((signer): Role => [signer, 'signer of prices']) : []),
      ...(source.kind === 'aggregator' ? [[source.aggregator, 'aggregator'] as const] : []),
      ...(source.kind === 'pyth' ? [[source.pyth, 'Pyth'] as const] : []),
    ]),
  ];
}

function rolesAtEnd(name: string, end: Witness['atVault']): Role[] {
  const own: Role = [end.contract, `witness ${name}`];
  if (!('endpoint' in end)) return [own];
  const dvns = [end.send, end.receive].flatMap((uln) => [...uln.requiredDvns, ...uln.optionalDvns]);
  const executor: Role[] = end.executor === undefined ? [] : [[end.executor, 'executor']];
  return [own, [end.endpoint, 'endpoint'], ...executor, ...dvns.map((dvn): Role => [dvn.address, 'DVN'])];
}
