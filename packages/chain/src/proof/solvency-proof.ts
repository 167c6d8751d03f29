import {
  type MappingOrder,
  assetCountSlot,
  assetSlot,
  assetSumsSlot,
  journalSlots,
  keccak256,
  mappedSlot,
  replicaSlots,
  vaultAssetSlots,
} from '@surety/contracts';
import {
  type Address,
  type BlockHash,
  type Bytes32,
  type Hex,
  bytes32,
  bytesToHex,
  chainId,
  edgeBetween,
  edgeId,
  uintToBytes,
} from '@surety/domain';
import { encodeFunctionData, erc20Abi } from 'viem';
import { type AskNode, type Nodes, proveSlots } from './prove-slots.js';

/** Storage of one contract in one block: nodes of the account's proof, and of each slot's in the order that its reader expects. */
export interface ProvenStorage {
  readonly chainId: number;
  readonly block: BlockHash;
  /** RLP of the block's header. */
  readonly header: Hex;
  readonly account: Nodes;
  readonly slots: readonly Nodes[];
}

/** The mapping in which a token keeps its balances. */
export interface BalanceMapping {
  readonly slot: Bytes32;
  readonly order: MappingOrder;
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
  readonly balance: { readonly mapping: BalanceMapping; readonly account: Nodes; readonly slot: Nodes } | null;
}

/** A vault's books, and the tokens that it holds, in one block of its chain. */
export interface ProvenVault extends ProvenStorage {
  readonly source: number;
  readonly vault: Address;
  readonly assets: readonly ProvenAsset[];
}

/**
 * Everything that a reader without a connection needs to compare what the ledger owes with what the vaults hold. It trusts the
 * hashes of the named blocks, and that the configured mapping is that of a token's balances.
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

/** One chain: the block to prove in, and the nodes to ask. */
export interface ProofPlace {
  readonly block: BlockHash;
  /** Runs a proof at one node after the other, until one gives it. */
  prove<Proof>(take: (ask: AskNode) => Promise<Proof>): Promise<Proof>;
}

/** The ledger whose books are to be proven, with all of its vaults. */
export interface SolvencyToProve {
  readonly chainId: number;
  readonly ledger: Address;
  readonly vaults: readonly VaultToProve[];
  /** Returns the place of a chain; the same block for the same chain. */
  readonly placeOf: (chainId: number) => ProofPlace;
  /** Called after each contract. */
  readonly onProven?: (contract: Address) => void;
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

/**
 * Proves the sums of all lines and of parked credit at the ledger, and at each vault what is accounted, what is owed and what it
 * holds of each token. Every proof is verified before it is returned.
 * @throws BAD_HEADER, BAD_PROOF, BAD_RLP if a node lies; BAD_RESPONSE if it lacks the block; what the places throw.
 */
export async function proveSolvency(wanted: SolvencyToProve): Promise<SolvencyProof> {
  const { ledger, vaults, placeOf, onProven } = wanted;
  const home = placeOf(wanted.chainId);
  const slots = ledgerSolvencySlots(wanted, vaults);
  const { values: _, ...storage } = await home.prove((ask) =>
    proveSlots(ask, { contract: ledger, block: home.block }, slots),
  );
  onProven?.(ledger);
  const proven: ProvenVault[] = [];
  for (const vault of vaults) {
    proven.push(await proveVault(wanted, vault, placeOf(vault.chainId)));
    onProven?.(vault.vault);
  }
  const settlement = { chainId: wanted.chainId, block: home.block, ledger, ...storage };
  return { kind: 'solvency', settlement, vaults: proven };
}

async function proveVault(wanted: SolvencyToProve, vault: VaultToProve, place: ProofPlace): Promise<ProvenVault> {
  const { block } = place;
  const { header, account, slots } = await place.prove((ask) =>
    proveSlots(ask, { contract: vault.vault, block }, vaultSolvencySlots(wanted, vault)),
  );
  const assets: ProvenAsset[] = [];
  for (const asset of vault.assets) {
    const balance = await place.prove((ask) => proveBalance(ask, { holder: vault.vault, token: asset.token, block }));
    assets.push({ ...asset, balance });
  }
  return { source: vault.source, vault: vault.vault, chainId: vault.chainId, block, header, account, slots, assets };
}

/** Where a holder's balance of a token is looked for. */
interface BalancePlace {
  readonly holder: Address;
  readonly token: Address;
  readonly block: BlockHash;
}

/** Slots of mappings that compilers give out first: enough for every token that keeps its balances in a mapping of its own. */
const SLOTS_TRIED = 128;

/** The namespace in which upgradeable tokens of OpenZeppelin 5 keep their balances. @source ERC20Upgradeable.sol */
const ERC20_NAMESPACE = bytes32('0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00');

const MAPPINGS: readonly BalanceMapping[] = [
  { slot: ERC20_NAMESPACE, order: 'key-first' },
  ...Array.from({ length: SLOTS_TRIED }, (_, at) => bytes32(bytesToHex(uintToBytes(BigInt(at), 32)))).flatMap(
    (slot): BalanceMapping[] => [
      { slot, order: 'key-first' },
      { slot, order: 'slot-first' },
    ],
  ),
];

/** Added to a mapping's place in the list: a balance that no holder has by chance. */
const MARK = 1n << 64n;

/**
 * Proves a balance under the token's storage. Which slot it is, the token says itself: it is asked for the balance once with
 * another mark in each slot that may be it. Returns null if it answers none of the marks.
 */
async function proveBalance(ask: AskNode, place: BalancePlace): Promise<ProvenAsset['balance']> {
  const mapping = await findMapping(ask, place);
  if (mapping === undefined) return null;
  const { account, slots } = await proveSlots(ask, { contract: place.token, block: place.block }, [
    mappedSlot(place.holder, mapping),
  ]);
  return { mapping, account, slot: slots[0] ?? [] };
}

async function findMapping(ask: AskNode, { holder, token, block }: BalancePlace): Promise<BalanceMapping | undefined> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [holder] });
  const stateDiff = Object.fromEntries(
    MAPPINGS.map((mapping, at) => [mappedSlot(holder, mapping), bytesToHex(uintToBytes(MARK + BigInt(at), 32))]),
  );
  const answer = await ask('eth_call', [{ to: token, data }, { blockHash: block }, { [token]: { stateDiff } }]);
  const at = /^0x[0-9a-f]{64}$/i.test(String(answer)) ? BigInt(String(answer)) - MARK : -1n;
  return at >= 0n && at < MAPPINGS.length ? MAPPINGS[Number(at)] : undefined;
}
