import type { DeploymentRecord, RecordedChain, RecordedMarket, RecordedWitness } from './deployment-record.js';

/** Consistency that a Wormhole witness requests from the guardians. @source WormholeWitness.CONSISTENCY_FINALIZED */
const CONSISTENCY_FINALIZED = 1;

/** The part of chains.config.json that a deployment decides. `Network` of `@surety/config` has this shape. */
export interface ConfiguredDeployment {
  readonly settlement?:
    | {
        readonly chainId: number;
        readonly ledger: string;
        readonly ledgerCodeHash: string;
        readonly lens: string;
        readonly riskManager: string;
        readonly priceDesk?: string | undefined;
        readonly auction?: string | undefined;
        readonly markets?: readonly ConfiguredMarket[] | undefined;
        readonly attesterSet: string;
        readonly fromBlock: string;
        readonly underlyings: readonly {
          readonly id: number;
          readonly symbol: string;
          readonly feed: string;
          readonly priceMaxAgeS: number;
          readonly sources?: readonly unknown[] | undefined;
        }[];
      }
    | undefined;
  readonly attesters?: { readonly epoch: number; readonly members: readonly string[] } | undefined;
  readonly chains: readonly {
    readonly chainId: number;
    readonly vault?:
      | {
          readonly address: string;
          readonly codeHash: string;
          readonly source: number;
          readonly fromBlock: string;
          readonly attesterSet: string;
          readonly desk?: string | undefined;
          readonly gateway?: string | undefined;
          readonly assets: readonly {
            readonly index: number;
            readonly assetId: number;
            readonly symbol: string;
            readonly token: string;
            readonly decimals: number;
            readonly underlying: number;
            readonly cap: string;
            readonly minimum: string;
            readonly baseI: number;
            readonly baseM: number;
          }[];
          readonly witnesses?: readonly unknown[] | undefined;
          /** A judgement of the governor's, which no deployment decides. */
          readonly policy?: unknown;
        }
      | undefined;
  }[];
}

/** A market as chains.config.json states it. */
interface ConfiguredMarket {
  readonly name: string;
  readonly address: string;
  readonly codeHash: string;
  readonly tranche: string;
  readonly symbol: string;
  readonly token: string;
  readonly decimals: number;
  readonly listed: boolean;
  readonly terms: { readonly [Field in keyof RecordedMarket['terms']]: number | string };
}

/** One difference between chains.config.json and the record. */
export interface RecordMismatch {
  readonly path: string;
  readonly seen: string;
  readonly expected: string;
}

/** Returns the deployment part of chains.config.json as a record demands it. */
export function configureFromRecord(record: DeploymentRecord): {
  settlement: NonNullable<ConfiguredDeployment['settlement']>;
  attesters: NonNullable<ConfiguredDeployment['attesters']>;
  vaults: ReadonlyMap<number, NonNullable<ConfiguredDeployment['chains'][number]['vault']>>;
} {
  const { settlement, attesters, chains } = record;
  return {
    settlement: {
      chainId: settlement.chainId,
      ledger: settlement.ledger.address,
      ledgerCodeHash: settlement.ledger.codeHash,
      lens: settlement.lens.address,
      riskManager: settlement.riskManager.address,
      priceDesk: settlement.priceDesk.address,
      auction: settlement.auction.address,
      ...(settlement.markets === undefined ? {} : { markets: settlement.markets.map(configureMarket) }),
      attesterSet: settlement.attesterSet.address,
      fromBlock: settlement.ledger.createdAt,
      underlyings: settlement.underlyings,
    },
    attesters: { epoch: attesters.epoch, members: attesters.members },
    vaults: new Map(chains.map((chain) => [chain.chainId, configureVault(chain)])),
  };
}

/** Lists every place where chains.config.json differs from the record; empty if they agree. */
export function checkAgainstRecord(config: ConfiguredDeployment, record: DeploymentRecord): RecordMismatch[] {
  const wanted = configureFromRecord(record);
  const known = new Set(config.chains.map(({ chainId }) => chainId));
  return [
    ...differences(config.settlement, wanted.settlement, 'settlement'),
    ...differences(withoutOperators(config.attesters), wanted.attesters, 'attesters'),
    ...config.chains.flatMap(({ chainId, vault }) =>
      differences(
        vault === undefined ? undefined : { ...vault, policy: undefined },
        wanted.vaults.get(chainId),
        `chains[${chainId}].vault`,
      ),
    ),
    ...[...wanted.vaults.keys()]
      .filter((chainId) => !known.has(chainId))
      .map((chainId) => ({ path: `chains[${chainId}]`, seen: 'nothing', expected: 'the chain of a recorded vault' })),
  ];
}

/** Who runs which attester is people's word: no contract holds it. */
function withoutOperators(attesters: ConfiguredDeployment['attesters']): ConfiguredDeployment['attesters'] {
  return attesters === undefined ? undefined : { epoch: attesters.epoch, members: attesters.members };
}

/** Returns a vault as chains.config.json states it. */
export function configureVault(chain: RecordedChain): NonNullable<ConfiguredDeployment['chains'][number]['vault']> {
  return {
    address: chain.vault.address,
    codeHash: chain.vault.codeHash,
    source: chain.source,
    fromBlock: chain.vault.createdAt,
    attesterSet: chain.attesterSet.address,
    ...(chain.desk === undefined ? {} : { desk: chain.desk.address }),
    gateway: chain.gateway.address,
    assets: chain.assets.map(({ limit: _limit, ...asset }) => asset),
    ...(chain.witnesses === undefined ? {} : { witnesses: chain.witnesses.map(configureWitness) }),
  };
}

function configureMarket({ market, tranche, ...rest }: RecordedMarket): ConfiguredMarket {
  return { ...rest, address: market.address, codeHash: market.codeHash, tranche: tranche.address };
}

/** A witness as chains.config.json states it: each end with its contract and its twin. */
function configureWitness(recorded: RecordedWitness): object {
  const { contracts, ...witness } = recorded;
  const end = (own: 'atVault' | 'atLedger', twin: 'atVault' | 'atLedger'): object => ({
    contract: contracts[own],
    peer: contracts[twin],
    ...witness[own],
    ...(witness.kind === 'wormhole' ? { consistencyLevel: CONSISTENCY_FINALIZED } : {}),
  });
  return { ...witness, atVault: end('atVault', 'atLedger'), atLedger: end('atLedger', 'atVault') };
}

/** Compares two values member by member; hex differs by value only, not by the case of its digits. */
function differences(seen: unknown, expected: unknown, path: string): RecordMismatch[] {
  if (isBranch(seen) && isBranch(expected)) {
    const keys = new Set([...Object.keys(seen), ...Object.keys(expected)]);
    return [...keys].flatMap((key) =>
      differences(seen[key], expected[key], Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`),
    );
  }
  return plain(seen) === plain(expected) ? [] : [{ path, seen: plain(seen), expected: plain(expected) }];
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function plain(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^0x[0-9a-fA-F]*$/.test(text) ? text.toLowerCase() : text;
}
