import type { Network } from '@surety/config';

/** Programs that run with an environment of their own. */
export const ROLES = ['aggregator', 'watcher', 'relayer', 'keeper', 'operator'] as const;

/** One of {@link ROLES}. */
export type TemplateRole = (typeof ROLES)[number];

/** One variable: without a default it must be set. */
interface Variable {
  readonly name: string;
  readonly about: string;
  /** Its default, empty if nothing is the default. */
  readonly value?: string;
}

type Group = readonly [title: string, ...variables: readonly Variable[]];

const needed = (name: string, about: string): Variable => ({ name, about });
const optional = (name: string, value: string, about: string): Variable => ({ name, value, about });

const AGGREGATORS = needed('SURETY_AGGREGATOR_URLS', 'aggregators, comma separated, such as http://127.0.0.1:8710');
const CHAINS = optional('SURETY_CHAINS', '', 'chain ids of the vaults to serve, comma separated; all if left out');
const STATE = 'folder of what it keeps; it must outlive a restart';

const capsOf = (feeCapWei: string): readonly Variable[] => [
  optional('SURETY_FEE_CAP_WEI', feeCapWei, 'most per gas, base fee and tip together'),
  optional('SURETY_TIP_CAP_WEI', '', 'most per gas for the block’s builder; 5 gwei if left out, 60 gwei on Polygon'),
];

const gasOf = (chains: string): Group => [
  `Gas ${chains}, in wei`,
  ...capsOf('300000000000'),
  optional('SURETY_GAS_BUDGET_WEI', '5000000000000000000', 'most a day, with all that is under way'),
];

const keyOf = (prefix: string, use: string): Group => [
  `${use}; surety key new makes the keystore`,
  needed(`${prefix}_KEYSTORE_FILE`, 'encrypted keystore, mode 0600'),
  needed(`${prefix}_PASSWORD_FILE`, 'file with its password, mode 0600'),
  optional(`${prefix}_KEY`, '', 'instead, in the development profile alone: the key itself'),
];

const serviceOf = (port: number): Group => [
  'Health, metrics, log and traces',
  optional('SURETY_HTTP_HOST', '127.0.0.1', 'address to listen on'),
  optional('SURETY_HTTP_PORT', String(port), 'port; 0 takes a free one'),
  optional('SURETY_LOG_LEVEL', 'info', 'error, warn, info or debug'),
  optional('SURETY_LOG_FORMAT', 'json', 'json, or text for people'),
  optional(
    'SURETY_TRACES_URL_FILE',
    '',
    'file with the OTLP address of a collector, …/v1/traces; https outside development',
  ),
  optional('SURETY_TRACES_ONE_IN', '1', 'traces one of so many entries; the same number everywhere'),
];

const COMPARES = optional('SURETY_COMPARE_INTERVAL_S', '3600', 'seconds between two comparisons of the witnesses');
const LEASES = optional(
  'SURETY_LEASE_DIR',
  '',
  'leases of keys, one folder for all writers of a machine; /tmp if left out',
);
const REPORTS_OF = 'protocols whose margin reports';

/** Variables of each role beside its configuration file and its providers. */
const GROUPS: Readonly<Record<TemplateRole, readonly Group[]>> = {
  aggregator: [
    [
      'What it keeps',
      optional('SURETY_DATABASE_URL', 'sqlite:./.surety/aggregator.sqlite', 'or postgres://user@host/database'),
      optional('SURETY_STATE_DIR', './.surety/aggregator', 'records of halted chains'),
    ],
    [
      'What it answers',
      optional('SURETY_CORS_ORIGINS', '*', 'whose pages may read it: *, none, or origins, comma separated'),
      optional(
        'SURETY_TRUSTED_PROXIES',
        'loopback',
        'whose X-Forwarded-For counts: addresses, ranges, loopback or none',
      ),
      COMPARES,
    ],
    [
      'Who is told when an account crosses a step of health; nobody unless URLs are named',
      optional('SURETY_WEBHOOK_URLS_FILE', '', 'file with receivers, one a line; https outside development'),
      optional('SURETY_WEBHOOK_SECRET_FILE', '', 'file with what messages are signed with: whsec_ and Base64'),
    ],
    serviceOf(8710),
  ],
  watcher: [
    [
      'What it attests, and to whom',
      AGGREGATORS,
      CHAINS,
      optional('SURETY_PEER_URLS', '', 'aggregators of others, asked at each start what they hold of this key'),
    ],
    keyOf('SURETY_ATTESTER', 'The key that signs'),
    [
      'A remote signer instead',
      optional('SURETY_ATTESTER_SIGNER_URL', '', 'its URL; https in production, unless on this machine'),
      optional('SURETY_ATTESTER_ADDRESS', '', 'the address of its key'),
      optional('SURETY_ATTESTER_SIGNER_TOKEN_FILE', '', 'file with a bearer token'),
      optional('SURETY_ATTESTER_SIGNER_CA_FILE', '', 'whom to trust instead of the public authorities'),
      optional('SURETY_ATTESTER_SIGNER_CERT_FILE', '', 'certificate of this watcher'),
      optional('SURETY_ATTESTER_SIGNER_KEY_FILE', '', 'and its key'),
    ],
    [
      'The signing history: two stores on two disks; never copy or restore one',
      optional('SURETY_STATE_DIR', './.surety/watcher', 'first store, log and records of halts'),
      needed('SURETY_HISTORY_DIR', 'second store, on another disk'),
    ],
    [
      'Margin reports; none unless protocols are named',
      optional('SURETY_REPORT_PROTOCOLS', '', `${REPORTS_OF} it signs, comma separated`),
      optional('SURETY_REPORT_MARKETS_FILE', '', 'your own figures of their markets'),
      optional('SURETY_REPORT_INTERVAL_S', '300', 'seconds between two reported blocks; the same for all watchers'),
    ],
    serviceOf(8711),
  ],
  relayer: [
    [
      'What it serves',
      AGGREGATORS,
      CHAINS,
      optional(
        'SURETY_WATCHER_URLS',
        '',
        'addresses of watchers, best of all: it posts a halt that n − k + 1 of them serve, a report that k do',
      ),
    ],
    keyOf('SURETY_RELAYER', 'The key that pays for gas'),
    ['What it keeps', optional('SURETY_STATE_DIR', './.surety/relayer', STATE), LEASES],
    gasOf('on each chain; NAME_<chain id> for one alone'),
    [
      'Payments, on each chain; NAME_<chain id> for one alone',
      optional(
        'SURETY_PAY_MODE',
        'covered',
        'covered: pays where the fee covers gas; all, the default on development chains: pays all',
      ),
      optional('SURETY_PAY_SUBSIDY_WEI', '0', 'wei that it adds to a fee'),
      optional('SURETY_GAS_UNDERLYING', '', 'underlying of the gas coin, such as ETH'),
    ],
    [
      'Prices: services of signed updates; none unless given',
      optional('SURETY_PYTH_URLS', '', 'services of Pyth, comma separated'),
      optional('SURETY_PYTH_TOKEN_FILE', '', 'file with a token for them'),
      optional('SURETY_REDSTONE_URLS', '', 'gateways of RedStone, comma separated'),
      optional('SURETY_REDSTONE_TOKEN_FILE', '', 'file with a token for them'),
      optional('SURETY_PRICE_FEE_MAX_WEI', '1000000000000000', 'most that one update may cost beside gas'),
    ],
    [
      'Witnesses, on each chain; NAME_<chain id> for one alone',
      optional(
        'SURETY_WITNESS_FEE_SHARE_BPS',
        '10',
        'a head is published at once where that costs at most this share of what waits',
      ),
      optional('SURETY_WITNESS_STALENESS_MS', '300000', 'else once the oldest amount has waited so long'),
      optional('SURETY_WITNESS_FEE_MAX_WEI', '10000000000000000', 'most that one head may cost beside gas'),
      optional(
        'SURETY_WITNESS_FALLBACK_MS',
        '',
        'how long one may be under way before the next witness; 45 minutes if left out',
      ),
      optional('SURETY_VAA_URL', '', 'endpoint of a Wormhole guardian'),
      COMPARES,
    ],
    [
      'Margin reports; none unless protocols are named',
      optional('SURETY_REPORT_PROTOCOLS', '', `${REPORTS_OF} it posts, comma separated`),
      optional('SURETY_REPORT_REFRESH_S', '300', 'seconds by which a report must be newer than one that counts'),
    ],
    [
      'Pace; by the block time if left out',
      optional('SURETY_RELAY_INTERVAL_MS', '', 'milliseconds between two looks at an edge'),
      optional('SURETY_REPLACE_AFTER_MS', '', 'milliseconds until a transaction is replaced'),
    ],
    serviceOf(8712),
  ],
  keeper: [
    [
      'What it asks',
      AGGREGATORS,
      optional('SURETY_KEEPER_BELOW', '1.05', 'looks at accounts below this health: 1.5, 1.2, 1.05 or 1'),
      optional('SURETY_KEEPER_INTERVAL_MS', '', 'milliseconds between two passes; by the block time if left out'),
    ],
    keyOf('SURETY_KEEPER', 'The key that pays for gas and owns what is taken'),
    ['What it keeps', optional('SURETY_STATE_DIR', './.surety/keeper', STATE), LEASES],
    [
      'What it does',
      optional('SURETY_KEEPER_DRY_RUN', 'no', 'yes: says what it would do, and sends nothing'),
      optional('SURETY_KEEPER_START', 'yes', 'starts, touches, closes and writes off auctions'),
      optional('SURETY_KEEPER_BURDEN_MIN', '100', 'least burden worth gas, whole units of account'),
      optional('SURETY_KEEPER_BID', 'no', 'yes: bids; the limits below must be set then'),
      optional('SURETY_KEEPER_PROTOCOLS', '', 'protocols whose burdens it takes, comma separated'),
      optional('SURETY_KEEPER_BURDEN_MAX', '', 'most burden in one bid, whole units of account'),
      optional('SURETY_KEEPER_TOTAL_MAX', '', 'initial requirement of its account above which it takes no more'),
      optional('SURETY_KEEPER_LEAST_PPM', '', 'least discount, parts per million of the gross value'),
      optional('SURETY_KEEPER_SHARE_MIN_PPM', '0', 'smallest share of a burden, parts per million'),
      optional(
        'SURETY_KEEPER_COIN_PRICE',
        '0',
        'price of the coin of gas; a bid waits until it earns its gas; 0: not compared',
      ),
      optional('SURETY_KEEPER_TAKE_FROZEN', 'no', 'yes: takes lines of frozen sources too'),
      optional('SURETY_KEEPER_PAY', 'no', 'yes: pays at once, from its allowance at the protocol'),
      optional('SURETY_KEEPER_SUB_ACCOUNT', '0', 'number of the account that takes'),
    ],
    gasOf('on the settlement chain'),
    serviceOf(8713),
  ],
  operator: [
    [
      'Whom surety asks',
      optional(
        'SURETY_AGGREGATOR_URLS',
        'http://127.0.0.1:8710',
        'aggregators, comma separated; the next one where one is away',
      ),
      optional('SURETY_WATCHER_URLS', '', 'health ports of watchers, for status and doctor'),
      optional('SURETY_RELAYER_URLS', '', 'health ports of relayers, for status and doctor'),
      optional('SURETY_KEEPER_URLS', '', 'health ports of keepers, for status and doctor'),
    ],
    [
      'The key of commands that send; surety key new makes the keystore',
      optional('SURETY_KEYSTORE_FILE', '', 'encrypted keystore, mode 0600'),
      optional('SURETY_PASSWORD_FILE', '', 'file with its password, mode 0600'),
      optional('SURETY_KEY', '', 'instead, in the development profile alone: the key itself'),
    ],
    ['Gas of commands that send, in wei; NAME_<chain id> for one chain alone', ...capsOf('200000000000')],
  ],
};

/**
 * Writes the environment of a role as a file of `NAME=value`, one a line, as systemd and shells read it: what must be set
 * stands open, what has a default is commented out with it. Providers are those of the chains that the role reads.
 */
export function environmentTemplate(role: TemplateRole, network: Network): string {
  const home = network.settlement?.chainId;
  const read = network.chains.filter(
    ({ chainId, vault }) => chainId === home || (vault !== undefined && role !== 'keeper') || role === 'operator',
  );
  const line = role === 'operator' ? optional : (name: string, _: string, about: string) => needed(name, about);
  const groups: Group[] = [
    ['The deployment', optional('SURETY_CONFIG', './chains.config.json', 'its public facts')],
    ...read.map(({ name, chainId, providers }): Group => [
      `Providers of ${name} (${chainId}); …_FILE reads a URL from a file`,
      ...providers.map((provider) => line(provider.urlEnv, '', `URL of ${provider.name}, run by ${provider.operator}`)),
    ]),
    ...GROUPS[role],
  ];
  const head = `# ${role === 'operator' ? 'The environment of surety' : `Environment of ${role === 'aggregator' ? 'an' : 'a'} ${role}`}. Set what stands open; the rest shows its default.`;
  return `${[head, ...groups.map(renderGroup)].join('\n\n')}\n`;
}

function renderGroup([title, ...variables]: Group): string {
  const lines = variables.map(
    ({ name, value, about }) => `# ${about}\n${value === undefined ? '' : '#'}${name}=${value ?? ''}`,
  );
  return [`## ${title}`, ...lines].join('\n');
}
