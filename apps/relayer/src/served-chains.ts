import { type GasLimits, type PayLimits, type RelayIntervals, type RelayerConfig, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type EdgeDirection,
  type Rewound,
  address,
  bytes32,
  edgeId,
  edgeName,
} from '@surety/domain';
import { relayerError } from './errors.js';

/** One edge that the relayer serves. */
export interface ServedEdge {
  readonly source: number;
  readonly direction: EdgeDirection;
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Returns the name that statements carry after some rewinds of its replica. */
  readonly nameOf: (rewound: Rewound) => Bytes32;
  /** The attester set that judges its statements, on the chain where it ends. */
  readonly verifier: Address;
}

/** A contract whose code and address are checked against the configuration before anything is sent to it. */
export interface ServedContract {
  readonly address: Address;
  readonly codeHash: Bytes32;
  /** Path of its place in chains.config.json. */
  readonly listedAs: string;
}

/** A vault that the relayer serves: it replays releases there and pays them. */
export interface ServedVault extends ServedContract {
  readonly edge: ServedEdge;
  readonly pay: PayLimits;
}

/** One chain that the relayer sends transactions to. */
export interface ServedChain {
  readonly chainId: number;
  readonly name: string;
  readonly blockTimeMs: number;
  readonly development: boolean;
  readonly gas: GasLimits;
  readonly intervals: RelayIntervals;
  /** On the settlement chain: the ledger, and the edges that end there. */
  readonly ledger: (ServedContract & { readonly edges: readonly ServedEdge[] }) | null;
  readonly vaults: readonly ServedVault[];
}

/** Returns the chains that a configuration asks to serve, the settlement chain first. @throws NOTHING_TO_RELAY. */
export function servedChains(config: RelayerConfig): readonly ServedChain[] {
  const { settlement, network } = config;
  const sources = network.chains.flatMap((chain) => {
    const { vault } = chain;
    if (vault === undefined || vault.source === 0 || !config.chainIds.includes(chain.chainId)) return [];
    return [{ chain, vault }];
  });
  if (sources.length === 0) {
    throw relayerError('NOTHING_TO_RELAY', 'chains.config.json names no vault on another chain; expected at least one');
  }
  const served = ({ chain, vault }: (typeof sources)[number], direction: EdgeDirection): ServedEdge => {
    const edge = vaultEdges(settlement, { chainId: chain.chainId, vault }).of(direction);
    const verifier = address(direction === 'to-ledger' ? settlement.attesterSet : vault.attesterSet);
    const nameOf = (rewound: Rewound): Bytes32 => edgeName(edge, rewound, keccak256);
    return { source: vault.source, direction, edge: edgeId(edge, keccak256), nameOf, verifier };
  };
  const ids = [...new Set([settlement.chainId, ...sources.map(({ chain }) => chain.chainId)])];
  return ids.map((id): ServedChain => {
    const chain = network.chains.find((one) => one.chainId === id);
    const { name, blockTimeMs, development } = chain ?? { name: String(id), blockTimeMs: 12_000, development: false };
    const here = sources.filter((one) => one.chain.chainId === id);
    return {
      chainId: id,
      name,
      blockTimeMs,
      development,
      gas: limitsOf(config.gas, id),
      intervals: limitsOf(config.intervals, id),
      ledger:
        id === settlement.chainId
          ? ledgerOf(
              config,
              sources.map((one) => served(one, 'to-ledger')),
            )
          : null,
      vaults: here.map((one) => ({
        address: address(one.vault.address),
        codeHash: bytes32(one.vault.codeHash.toLowerCase()),
        listedAs: 'chains[].vault.address',
        edge: served(one, 'to-vault'),
        pay: limitsOf(config.pay, id),
      })),
    };
  });
}

/** Returns the conditions under which a configuration pays on a chain. */
export function payLimitsOf(config: RelayerConfig, id: number): PayLimits {
  return limitsOf(config.pay, id);
}

function ledgerOf({ settlement }: RelayerConfig, edges: readonly ServedEdge[]): ServedChain['ledger'] {
  return {
    address: address(settlement.ledger),
    codeHash: bytes32(settlement.ledgerCodeHash.toLowerCase()),
    listedAs: 'settlement.ledger',
    edges,
  };
}

function limitsOf<Limits>(limits: ReadonlyMap<number, Limits>, id: number): Limits {
  const found = limits.get(id);
  if (found === undefined) throw new TypeError(`chain ${id} has no limits; expected the configuration to hold them`);
  return found;
}
