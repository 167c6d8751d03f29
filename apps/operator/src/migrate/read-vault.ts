import { type VaultInit, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address, mulDivUp } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type PublicClient } from 'viem';
import type { ActTarget } from '../acts/find-target.js';

/** One asset of a vault with its terms on both sides. */
export interface VaultAssetFacts {
  /** Index at the vault, from 1. */
  readonly index: number;
  readonly token: Address;
  readonly decimals: number;
  /** As `listAsset` of the vault takes them: millionths, thousandths, thousandths a day. */
  readonly min: bigint;
  readonly cap: bigint;
  readonly limit: bigint;
  /** Basis points of the limit that are paid unconfirmed. */
  readonly fastBp: number;
  /** Smallest fee of a lock in basis points of the smallest lock. */
  readonly feeBp: number;
  /** Missing if the ledger does not list it. */
  readonly listed?: {
    readonly assetId: number;
    readonly underlying: number;
    readonly ownPrice: number;
    readonly initialBp: number;
    readonly maintenanceBp: number;
    readonly minMillionths: bigint;
    readonly capThousandths: bigint;
    /** Basis points of the cap that are usable unconfirmed. */
    readonly fastBp: number;
  };
}

/** A witness in its place. */
export interface WitnessFacts {
  readonly slot: number;
  readonly at: Address;
  readonly mayConflict: boolean;
}

/** A vault and its source at the ledger. */
export interface VaultFacts {
  readonly at: Address;
  readonly init: VaultInit;
  readonly successor: Address;
  /** Witnesses that must confirm at the vault, and those that are set there. */
  readonly m: number;
  readonly witnesses: readonly WitnessFacts[];
  readonly assets: readonly VaultAssetFacts[];
  /** As `sourceOf` of the ledger gives them. */
  readonly terms: SourceTerms;
  /** Witnesses of its entries at the ledger. */
  readonly sourceWitnesses: readonly WitnessFacts[];
}

/** The ledger's terms of a source. */
export interface SourceTerms {
  readonly source: number;
  readonly originChainId: bigint;
  readonly vault: Address;
  readonly initialBp: number;
  readonly maintenanceBp: number;
  readonly staleAfterMin: number;
  readonly darkAfterMin: number;
  readonly floorAfterMin: number;
  readonly m: number;
  readonly development: boolean;
}

const SLOTS = [0, 1, 2, 3] as const;
const NOBODY = 0n;
const BASIS_POINTS = 10_000n;

/** Reads a vault, its assets and its source from both chains. */
export async function readVault(
  place: { readonly reader: PublicClient; readonly home: PublicClient },
  at: { readonly vault: Address; readonly ledger: Address },
): Promise<VaultFacts> {
  const vault = { address: at.vault, abi: collateralVaultAbi } as const;
  const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const init = await readInit(place.reader, at.vault);
  const { source } = init;
  const count = await place.reader.readContract({ ...vault, functionName: 'assetCount' });
  const [successor, [m], witnesses, assets, [terms], sourceWitnesses] = await Promise.all([
    place.reader.readContract({ ...vault, functionName: 'successor' }),
    place.reader.readContract({ ...vault, functionName: 'witnessPolicy' }),
    Promise.all(
      SLOTS.map(async (slot) => {
        const [kept] = await place.reader.readContract({ ...vault, functionName: 'witnessOf', args: [slot] });
        return { slot, at: address(kept.at.toLowerCase()), mayConflict: kept.conflicts };
      }),
    ),
    Promise.all(Array.from({ length: count }, (_, index) => readAsset(place, at, { source, index: index + 1 }))),
    place.home.readContract({ ...ledger, functionName: 'sourceOf', args: [source] }),
    Promise.all(
      SLOTS.map(async (slot) => {
        const [kept, mayConflict] = await place.home.readContract({
          ...ledger,
          functionName: 'witnessOf',
          args: [source, slot],
        });
        return { slot, at: address(kept.toLowerCase()), mayConflict };
      }),
    ),
  ]);
  return {
    at: at.vault,
    init,
    successor: address(successor.toLowerCase()),
    m,
    witnesses: witnesses.filter((one) => BigInt(one.at) !== NOBODY),
    assets,
    terms: { ...terms, vault: address(terms.vault.toLowerCase()) },
    sourceWitnesses: sourceWitnesses.filter((one) => BigInt(one.at) !== NOBODY),
  };
}

/** Reads a vault's constructor arguments. */
export async function readInit(reader: PublicClient, vault: Address): Promise<VaultInit> {
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const [settlementChainId, ledger, source, attesterSet, governor, guardian, pauser, development] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'settlementChainId' }),
    reader.readContract({ ...contract, functionName: 'ledger' }),
    reader.readContract({ ...contract, functionName: 'source' }),
    reader.readContract({ ...contract, functionName: 'attesterSet' }),
    reader.readContract({ ...contract, functionName: 'governor' }),
    reader.readContract({ ...contract, functionName: 'guardian' }),
    reader.readContract({ ...contract, functionName: 'pauser' }),
    reader.readContract({ ...contract, functionName: 'development' }),
  ]);
  const plain = (text: string): Address => address(text.toLowerCase());
  return {
    settlementChainId,
    ledger: plain(ledger),
    source,
    attesterSet: plain(attesterSet),
    governor: plain(governor),
    guardian: plain(guardian),
    pauser: plain(pauser),
    development,
  };
}

async function readAsset(
  { reader, home }: { readonly reader: PublicClient; readonly home: PublicClient },
  at: { readonly vault: Address; readonly ledger: Address },
  { source, index }: { readonly source: number; readonly index: number },
): Promise<VaultAssetFacts> {
  const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const [kept, assetId] = await Promise.all([
    reader.readContract({ address: at.vault, abi: collateralVaultAbi, functionName: 'assetOf', args: [index] }),
    home.readContract({ ...ledger, functionName: 'assetIdOf', args: [source, index] }),
  ]);
  const { token, decimals, min, limit, fastBp, feeBp } = kept;
  const facts = { index, token: address(token.toLowerCase()), decimals, min, cap: kept.cap, limit, fastBp, feeBp };
  if (assetId === 0) return facts;
  const [{ terms }, limits] = await Promise.all([
    home.readContract({ ...ledger, functionName: 'assetOf', args: [assetId] }),
    home.readContract({ ...ledger, functionName: 'limitsOf', args: [assetId] }),
  ]);
  const { underlying, ownPrice, initialBp, maintenanceBp, minMillionths, capThousandths } = terms;
  const cap = limits.burstUnits * 4n;
  // Without witnesses nothing is unconfirmed, and the ledger names no limit.
  const isBounded = cap > 0n && limits.fastUnits <= cap;
  const share = isBounded ? mulDivUp(limits.fastUnits, BASIS_POINTS, cap) : 0n;
  const listed = { assetId, underlying, ownPrice, initialBp, maintenanceBp, minMillionths, capThousandths };
  return { ...facts, listed: { ...listed, fastBp: Number(share) } };
}

/** Returns the vault of a source, or nothing for a number that is free. */
export async function readSource(
  { reader, contract }: Pick<ActTarget, 'reader' | 'contract'>,
  source: number,
): Promise<string | undefined> {
  try {
    const args = [source] as const;
    const [terms] = await reader.readContract({
      address: contract,
      abi: collateralLedgerAbi,
      functionName: 'sourceOf',
      args,
    });
    return terms.vault.toLowerCase();
  } catch (failure) {
    const reverted =
      failure instanceof BaseError && failure.walk((inner) => inner instanceof ContractFunctionRevertedError) !== null;
    if (reverted) return undefined;
    throw failure;
  }
}
