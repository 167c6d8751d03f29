import type { Network } from '@surety/config';
import { attesterSetAbi, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { REPLICA_STATES, type ReplicaState } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { orUnlisted } from '../terminal/or-unlisted.js';

type Chain = Network['chains'][number];
type Settlement = NonNullable<Network['settlement']>;
type Vault = NonNullable<Chain['vault']>;

/** Reader of a chain, and the block at which everything of it is read. */
export interface ReadingPlace {
  readonly reader: PublicClient;
  readonly block: bigint;
}

/** One end of an edge, which replays the journal of the other. Counts are entries, times are seconds, 0 for never. */
export interface ReplayedEnd {
  /** Name that statements carry now. */
  readonly edge: string;
  readonly applied: bigint;
  /** Entries that `m` witnesses confirmed. */
  readonly confirmed: bigint;
  readonly state: ReplicaState;
  /** End of a quarantine. */
  readonly until: number;
  /** Time of the origin's block in the newest statement. */
  readonly asOf: number;
  readonly haltedSince: number;
  /** Witnesses that must confirm. */
  readonly m: number;
  readonly witnesses: readonly WitnessAt[];
}

/** A witness as one end of an edge keeps it. */
export interface WitnessAt {
  readonly slot: number;
  readonly at: Address;
  /** True if another head than the replica's is a conflict. */
  readonly mayConflict: boolean;
  readonly conflicted: boolean;
  readonly confirmed: bigint;
}

/** Books of the ledger on an asset and the limits on its credit now, in token units. */
export interface AssetAt {
  readonly assetId: number;
  readonly symbol: string;
  readonly decimals: number;
  readonly cap: bigint;
  readonly credited: bigint;
  readonly parked: bigint;
  readonly capRoom: bigint;
  /** Most that may be in use unconfirmed; null if the source needs no witness. */
  readonly fast: bigint | null;
  readonly unconfirmed: bigint;
  readonly burst: bigint;
  readonly bucketRoom: bigint;
}

/** A source as the ledger and its vault keep it. */
export interface SourceAt {
  readonly source: number;
  readonly chain: string;
  readonly chainId: number;
  readonly toLedger: ReplayedEnd;
  /** Time at which a witness last conflicted at the ledger. */
  readonly conflictAt: number;
  /** Entries of the ledger's journal toward the vault. */
  readonly releases: bigint;
  /** Null where the vault's chain cannot be read. */
  readonly toVault: ReplayedEnd | null;
  /** Entries of the vault's journal; null where its chain cannot be read. */
  readonly locks: bigint | null;
  readonly assets: readonly AssetAt[];
}

/** A verifier's newest epoch of attesters, and whether it takes statements. */
export interface VerifierAt {
  readonly chain: string;
  readonly at: Address;
  readonly epoch: number;
  readonly activeFrom: number;
  /** 2^40 − 1 while no later epoch ends it. */
  readonly expires: number;
  readonly k: number;
  readonly members: readonly Address[];
  readonly suspended: readonly Address[];
  readonly stopped: boolean;
  readonly inRecovery: boolean;
}

/** The two ends of a source; `atVault` is undefined where the vault's chain cannot be read. */
export interface SourceEnds {
  readonly settlement: Settlement;
  readonly chain: Chain;
  readonly vault: Vault;
  readonly atLedger: ReadingPlace;
  readonly atVault: ReadingPlace | undefined;
}

/** @source LedgerStorage.WITNESSES_MAX */
const SLOTS = [0, 1, 2, 3];
const NO_LIMIT = 2n ** 256n - 1n;

/** Reads a source at the ledger and at its vault; undefined if the ledger does not list it yet. */
export async function readSourceAt(ends: SourceEnds): Promise<SourceAt | undefined> {
  const { settlement, chain, vault, atLedger, atVault } = ends;
  const ledger = {
    address: address(settlement.ledger),
    abi: collateralLedgerAbi,
    blockNumber: atLedger.block,
  } as const;
  const args = [vault.source] as const;
  const listed = await orUnlisted(atLedger.reader.readContract({ ...ledger, functionName: 'sourceOf', args }));
  if (listed === undefined) return undefined;
  const [toLedger, [, conflictAt], [, releases], assets, vaultEnd] = await Promise.all([
    readEndAtLedger(ends, listed[0].m),
    atLedger.reader.readContract({ ...ledger, functionName: 'confirmedOf', args }),
    atLedger.reader.readContract({ ...ledger, functionName: 'journalHead', args }),
    Promise.all(vault.assets.map((asset) => readAssetAt(settlement, asset, atLedger))),
    atVault === undefined ? undefined : readEndAtVault(vault, atVault),
  ]);
  return {
    source: vault.source,
    chain: chain.name,
    chainId: chain.chainId,
    toLedger,
    conflictAt,
    releases,
    toVault: vaultEnd?.end ?? null,
    locks: vaultEnd?.locks ?? null,
    assets: assets.flat(),
  };
}

async function readEndAtLedger({ settlement, vault, atLedger }: SourceEnds, m: number): Promise<ReplayedEnd> {
  const { reader, block } = atLedger;
  const at = { abi: collateralLedgerAbi, address: address(settlement.ledger), blockNumber: block } as const;
  const args = [vault.source] as const;
  const [[state, until, asOf], [edge, applied], [confirmed], witnesses] = await Promise.all([
    reader.readContract({ ...at, functionName: 'stateOf', args }),
    reader.readContract({ ...at, functionName: 'replicaOf', args }),
    reader.readContract({ ...at, functionName: 'confirmedOf', args }),
    Promise.all(
      SLOTS.map((slot) => reader.readContract({ ...at, functionName: 'witnessOf', args: [vault.source, slot] })),
    ),
  ]);
  return {
    edge,
    applied,
    confirmed,
    state: stateNamed(state),
    until,
    asOf,
    haltedSince: await readHaltedSince(atLedger, settlement.attesterSet, edge),
    m,
    witnesses: witnesses.flatMap(([witness, mayConflict, conflicted, upTo], slot) =>
      BigInt(witness) === 0n ? [] : [{ slot, at: address(witness), mayConflict, conflicted, confirmed: upTo }],
    ),
  };
}

async function readEndAtVault(vault: Vault, place: ReadingPlace): Promise<{ end: ReplayedEnd; locks: bigint }> {
  const { reader, block } = place;
  const at = { abi: collateralVaultAbi, address: address(vault.address), blockNumber: block } as const;
  const [replica, until, policy, [, locks], witnesses] = await Promise.all([
    reader.readContract({ ...at, functionName: 'replicaState' }),
    reader.readContract({ ...at, functionName: 'quarantinedUntil' }),
    reader.readContract({ ...at, functionName: 'witnessPolicy' }),
    reader.readContract({ ...at, functionName: 'journalHead' }),
    Promise.all(SLOTS.map((slot) => reader.readContract({ ...at, functionName: 'witnessOf', args: [slot] }))),
  ]);
  const [edge, applied, , asOf, , state] = replica;
  const [m, , conflicted, confirmed] = policy;
  const end = {
    edge,
    applied,
    confirmed,
    state: stateNamed(state),
    until,
    asOf,
    haltedSince: await readHaltedSince(place, vault.attesterSet, edge),
    m,
    witnesses: witnesses.flatMap(([kept, upTo], slot) =>
      BigInt(kept.at) === 0n
        ? []
        : [
            {
              slot,
              at: address(kept.at),
              mayConflict: kept.conflicts,
              conflicted: isSet(conflicted, slot),
              confirmed: upTo,
            },
          ],
    ),
  };
  return { end, locks };
}

async function readHaltedSince({ reader, block }: ReadingPlace, verifier: string, edge: Hex): Promise<number> {
  const at = { abi: attesterSetAbi, address: address(verifier), blockNumber: block } as const;
  const [halted, , since] = await reader.readContract({ ...at, functionName: 'haltOf', args: [edge] });
  return halted ? since : 0;
}

async function readAssetAt(
  settlement: Settlement,
  { assetId, symbol, decimals }: Vault['assets'][number],
  { reader, block }: ReadingPlace,
): Promise<AssetAt[]> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi, blockNumber: block } as const;
  const args = [assetId] as const;
  const listed = await orUnlisted(reader.readContract({ ...ledger, functionName: 'assetOf', args }));
  if (listed === undefined) return [];
  const limits = await reader.readContract({ ...ledger, functionName: 'limitsOf', args });
  return [
    {
      assetId,
      symbol,
      decimals,
      cap: listed.capUnits,
      credited: listed.credited,
      parked: listed.parked,
      capRoom: limits.capRoom,
      fast: limits.fastUnits === NO_LIMIT ? null : limits.fastUnits,
      unconfirmed: limits.unconfirmedUnits,
      burst: limits.burstUnits,
      bucketRoom: limits.bucketRoom,
    },
  ];
}

/** Reads the newest epoch of a chain's verifier. */
export async function readVerifierAt(chain: string, verifier: string, place: ReadingPlace): Promise<VerifierAt> {
  const { reader, block } = place;
  const at = { abi: attesterSetAbi, address: address(verifier), blockNumber: block } as const;
  const epoch = await reader.readContract({ ...at, functionName: 'newestEpoch' });
  const args = [epoch] as const;
  const [members, k, suspended, activeFrom, expires, stopped, inRecovery] = await Promise.all([
    reader.readContract({ ...at, functionName: 'members', args }),
    reader.readContract({ ...at, functionName: 'k', args }),
    reader.readContract({ ...at, functionName: 'suspended', args }),
    reader.readContract({ ...at, functionName: 'activeFrom', args }),
    reader.readContract({ ...at, functionName: 'expires', args }),
    reader.readContract({ ...at, functionName: 'stopped' }),
    reader.readContract({ ...at, functionName: 'inRecovery' }),
  ]);
  const named = members.map(address);
  return {
    chain,
    at: at.address,
    epoch,
    activeFrom,
    expires,
    k,
    members: named,
    suspended: named.filter((_, index) => isSet(suspended, index)),
    stopped,
    inRecovery,
  };
}

function isSet(bits: number, index: number): boolean {
  return (BigInt(bits) >> BigInt(index)) % 2n === 1n;
}

function stateNamed(state: number): ReplicaState {
  return REPLICA_STATES[state] ?? 'NONE';
}
