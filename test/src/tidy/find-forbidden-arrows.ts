import { type Finding, type RepositoryFile, findLines } from './repository.js';

/** What a workspace's package.json says of its dependencies. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const PURE = ['domain', 'margin', 'workflows'];
const ADAPTER = [...PURE, 'contracts'];
const APP = [...ADAPTER, 'api', 'rpc', 'chain', 'client', 'config', 'prices', 'process', 'telemetry'];

/** Who may name whom in package.json. turbo holds the floors over every path; this table holds each single arrow. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  margin: ['domain'],
  'margin-venues': ['domain', 'margin'],
  workflows: ['domain', 'margin'],
  requirements: [],
  contracts: ['domain'],
  keys: ['domain', 'contracts'],
  sqlite: [],
  process: PURE,
  config: ['domain'],
  api: ['domain'],
  // Goes into browsers: no loop of a process.
  client: ['domain', 'api', 'contracts'],
  // Below all that asks a provider.
  rpc: ADAPTER,
  // Tests on real nodes run on real time; find-world-access keeps the clock out of all else.
  chain: [...ADAPTER, 'rpc', 'process'],
  attestation: [...ADAPTER, 'keys', 'sqlite'],
  transactions: [...ADAPTER, 'keys', 'process', 'rpc', 'sqlite'],
  bridges: ADAPTER,
  prices: ADAPTER,
  store: [...PURE, 'sqlite'],
  telemetry: PURE,
  // The aggregator checks signatures and holds no key, of `keys` it may import the recovery alone; only it keeps facts in the store.
  aggregator: [...APP, 'bridges', 'dashboard', 'keys', 'store'],
  // A page in a browser: it reads, weighs and holds nothing.
  dashboard: ['domain', 'margin', 'contracts', 'client'],
  // Only the watcher, and its operator's command line, reach the key that signs heads; only relayer, keeper and operator the keys that send transactions.
  watcher: [...APP, 'attestation'],
  relayer: [...APP, 'bridges', 'transactions'],
  keeper: [...APP, 'transactions'],
  operator: [...APP, 'attestation', 'bridges', 'margin-venues', 'sqlite', 'transactions'],
  // Local chains run every app as a process of its own.
  devnet: [...APP, 'aggregator', 'watcher', 'relayer', 'keeper', 'operator'],
  test: [...APP, 'attestation', 'bridges', 'transactions', 'devnet', 'store', 'evidence'],
  // Campaigns start everything else as a process; only parameters are fitted with the engine itself.
  evidence: ['margin'],
  // Measuring runs the aggregator as a process and the rest in its own.
  bench: [...PURE, 'contracts', 'keys', 'process', 'rpc', 'chain', 'attestation', 'aggregator'],
};

const SCOPE = '@surety/';

/** Every workspace dependency that the table of arrows does not name, and every workspace that the table forgot. */
export function findForbiddenArrows(manifests: readonly Manifest[]): readonly Finding[] {
  return manifests.flatMap(({ name, dependencies, devDependencies }) => {
    const room = name.slice(SCOPE.length);
    const allowed = ARROWS[room];
    if (allowed === undefined) return [`${name} has no row in the table of arrows`];
    return Object.keys({ ...dependencies, ...devDependencies })
      .filter((each) => each.startsWith(SCOPE) && !allowed.includes(each.slice(SCOPE.length)))
      .map((each) => `${name} depends on ${each}; allowed are ${allowed.join(', ') || 'none'}`);
  });
}

/** Every TypeScript import of private keys outside the packages that hold them; others recover signers by `@surety/keys/recovery`. */
export function findKeyImports(code: readonly RepositoryFile[]): readonly Finding[] {
  // The plants of the check hold this very offence as text.
  const holders = /^packages\/(keys|attestation|transactions)\/src\/|^tools\/evidence\/src\/checks\/plants\.ts$/;
  const outside = code.filter(({ path }) => path.endsWith('.ts') && !holders.test(path));
  return findLines(outside, /['"]@surety\/keys['"]/);
}
