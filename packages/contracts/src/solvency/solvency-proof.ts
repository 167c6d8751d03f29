import { type Address, type BlockHash, type Bytes32, type Hex, chainId, edgeBetween, edgeId } from '@surety/domain';
import { portableKeccak256 as keccak256 } from '../portable-keccak256.js';
import { assetCountSlot, assetSlot, assetSumsSlot, journalSlots, replicaSlots, vaultAssetSlots } from '../slots.js';
import type { BalanceMapping } from './balance-mappings.js';

/** Nodes of one proof, from the root down. */
type ProofNodes = readonly Hex[];

/** Storage of one contract in one block: nodes of the account's proof, and of each slot's in the order that its reader expects. */
export interface ProvenStorage {
  readonly chainId: number;
  readonly block: BlockHash;
  /** RLP of the block's header. */
  readonly header: Hex;
  readonly account: ProofNodes;
  readonly slots: readonly ProofNodes[];
}

/** One asset of a vault, as the ledger and the vault number it. */
export interface AssetOfVault {
  readonly assetId: number;
  readonly vaultAsset: number;
  readonly symbol: string;
  readonly decimals: number;
  readonly token: Address;
}

/** The tokens that a vault holds of an asset; null where no slot of the token's own storage holds the balance. */
export interface ProvenAsset extends AssetOfVault {
  readonly balance: {
    readonly mapping: BalanceMapping;
    readonly account: ProofNodes;
    readonly slot: ProofNodes;
  } | null;
}

/** A vault's books, and the tokens that it holds, in one block of its chain. */
export interface ProvenVault extends ProvenStorage {
  readonly source: number;
  readonly vault: Address;
  readonly assets: readonly ProvenAsset[];
}

/**
 * Everything that a reader without a connection needs to compare what the ledger owes with what the vaults hold. It trusts the
 * hashes of the named blocks, and that the named mapping, one of a short list, is that of a token's balances.
 */
export interface SolvencyProof {
  readonly kind: 'solvency';
  readonly settlement: ProvenStorage & { readonly ledger: Address };
  readonly vaults: readonly ProvenVault[];
}

/** A vault whose books are to be proven. */
export interface VaultToProve {
  readonly source: number;
  readonly chainId: number;
  readonly vault: Address;
  readonly assets: readonly AssetOfVault[];
}

/**
 * Slots of the ledger in the order of a proof: how many assets it lists; for each vault how many of its entries were applied and how many releases were
 * written for it, then for each of its assets the place and the sums.
 */
export function ledgerSolvencySlots(
  ledger: { readonly chainId: number; readonly ledger: Address },
  vaults: readonly VaultToProve[],
): Bytes32[] {
  const ofVaults = vaults.flatMap((vault) => {
    const { toLedger, toVault } = edgesOf(ledger, vault);
    return [
      replicaSlots(toLedger).count,
      journalSlots(toVault).count,
      ...vault.assets.flatMap(({ assetId }) => [assetSlot(assetId), assetSumsSlot(assetId)]),
    ];
  });
  return [assetCountSlot(), ...ofVaults];
}

/**
 * Slots of a vault in the order of a proof: how many entries it wrote and how many releases it recorded, then for each asset its
 * token, what is accounted and what is owed.
 */
export function vaultSolvencySlots(
  ledger: { readonly chainId: number; readonly ledger: Address },
  vault: VaultToProve,
): Bytes32[] {
  const { toLedger, toVault } = edgesOf(ledger, vault);
  return [
    journalSlots(toLedger).count,
    replicaSlots(toVault).count,
    ...vault.assets.flatMap(({ vaultAsset }) => Object.values(vaultAssetSlots(vaultAsset))),
  ];
}

function edgesOf(
  ledger: { readonly chainId: number; readonly ledger: Address },
  vault: VaultToProve,
): { readonly toLedger: Bytes32; readonly toVault: Bytes32 } {
  const ends = {
    settlementChainId: chainId(ledger.chainId),
    ledger: ledger.ledger,
    vaultChainId: chainId(vault.chainId),
    vault: vault.vault,
  };
  const nameOf = (direction: 'to-ledger' | 'to-vault'): Bytes32 => edgeId(edgeBetween(ends, direction), keccak256);
  return { toLedger: nameOf('to-ledger'), toVault: nameOf('to-vault') };
}
