import { type Address, type Bytes32, type ChainId, type Edge, type Hex, edgeId } from '@surety/domain';
import { encodeDeployData } from 'viem';
import type { ContractCode } from '../contract-code.js';
import { collateralVaultAbi, collateralVaultCode, vaultModules } from '../generated/index.js';
import { keccak256 } from '../hash.js';
import { create2Address } from './create2.js';
import type { RolePlace } from './place-roles.js';

/** The constructor's argument of a vault; all of it is immutable. @source VaultTypes.sol */
export interface VaultInit {
  readonly settlementChainId: bigint;
  readonly ledger: Address;
  readonly source: number;
  readonly attesterSet: Address;
  readonly governor: Address;
  readonly guardian: Address;
  readonly pauser: Address;
  readonly development: boolean;
}

/** One part of a vault to create, at an address known before. */
export interface PlannedPart {
  readonly part: string;
  readonly code: ContractCode;
  readonly address: Address;
  readonly initCode: Hex;
}

/** A vault that is built without a whole deployment: its parts in their order, and its two edges. */
export interface PlannedVaultParts {
  readonly salt: Bytes32;
  readonly parts: readonly PlannedPart[];
  readonly vault: Address;
  readonly modules: readonly Address[];
  /** Vault → ledger, and back. */
  readonly edgeId: Bytes32;
  readonly returnEdgeId: Bytes32;
}

/** Names the parts of a vault in the order in which they must be created. `create` returns the address of each. */
export function placeVault(
  init: VaultInit,
  create: RolePlace['create'],
): { readonly vault: Address; readonly modules: readonly Address[] } {
  const modules = vaultModules.map(({ part, code, abi }) => create(part, code, abi, [init]));
  return { modules, vault: create('vault', collateralVaultCode, collateralVaultAbi, [init, modules]) };
}

/** Returns the edge of a vault's journal to the ledger, and its way back. */
export function vaultEdgePair(
  chainId: ChainId,
  vault: Address,
  settlement: { readonly chainId: ChainId; readonly ledger: Address },
): { readonly edge: Edge; readonly back: Edge } {
  const edge: Edge = {
    originChainId: chainId,
    journal: vault,
    destinationChainId: settlement.chainId,
    replica: settlement.ledger,
  };
  const back = {
    ...edge,
    originChainId: settlement.chainId,
    journal: settlement.ledger,
    destinationChainId: chainId,
    replica: vault,
  };
  return { edge, back };
}

/** Plans one vault of an existing ledger. Pure, so every address is known before anything is sent. */
export function planVaultParts(request: {
  readonly chainId: ChainId;
  readonly settlementChainId: ChainId;
  readonly init: VaultInit;
  readonly salt: Bytes32;
}): PlannedVaultParts {
  const { chainId, settlementChainId, init, salt } = request;
  const parts: PlannedPart[] = [];
  const placed = placeVault(init, (part, code, abi, args) => {
    const initCode = encodeDeployData({ abi, bytecode: code.creation as Hex, args: [...args] });
    const address = create2Address({ salt, initCode });
    parts.push({ part, code, address, initCode });
    return address;
  });
  const { edge, back } = vaultEdgePair(chainId, placed.vault, { chainId: settlementChainId, ledger: init.ledger });
  return { salt, parts, ...placed, edgeId: edgeId(edge, keccak256), returnEdgeId: edgeId(back, keccak256) };
}
