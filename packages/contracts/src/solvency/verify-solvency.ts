import {
  type Address,
  type BlockHash,
  type Bytes32,
  type Hex,
  bytes32,
  bytesToHex,
  bytesToUint,
  decodeRlp,
  hexToBytes,
  proofError,
  uintToBytes,
  verifyStateProof,
} from '@surety/domain';
import { portableKeccak256 as keccak256 } from '../portable-keccak256.js';
import {
  mappedSlot,
  parseAssetCountWord,
  parseAssetPlaceWord,
  parseAssetSumsWord,
  parseJournalCountWord,
  parseReplicaCountWord,
} from '../slots.js';
import { BALANCE_MAPPINGS_TOLD, type BalanceMapping, isBalanceMapping, isMarkedBalance } from './balance-mappings.js';
import {
  type ProvenAsset,
  type ProvenStorage,
  type ProvenVault,
  type SolvencyProof,
  ledgerSolvencySlots,
  vaultSolvencySlots,
} from './solvency-proof.js';

/** A block in which something is proven. */
export interface ProvenBlock {
  readonly chainId: number;
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Seconds. */
  readonly timestamp: bigint;
}

/** The verdict on an asset; `short`: fewer tokens than are accounted for; `over-credited`: more is owed than was ever accounted for. */
export type AssetStanding = 'covered' | 'short' | 'over-credited' | 'balance-unproven';

/** The units of one asset that are owed, and those that there are. */
export interface AssetSolvency {
  readonly assetId: number;
  readonly source: number;
  readonly symbol: string;
  readonly decimals: number;
  /** On all lines of the ledger, and parked there. */
  readonly credited: bigint;
  readonly parked: bigint;
  /** Recorded at the vault to be paid. */
  readonly owed: bigint;
  /** Units that the vault has by its own books. */
  readonly accounted: bigint;
  /** Accounted, and neither credited, parked nor owed: locks and releases that are under way. Below 0 where the ledger owes more. */
  readonly underWay: bigint;
  /** Tokens that the vault has; null where its token's storage does not show it. */
  readonly held: bigint | null;
  /** The word of the balance where it is no amount, with `held` null: the token keeps a mark there, as USDC does of a frozen account. */
  readonly marked: Bytes32 | null;
  readonly token: Address;
  /** The mapping of the token in which its balance is proven: yours to compare with its source; null where none is. */
  readonly mapping: BalanceMapping | null;
  readonly standing: AssetStanding;
}

/** The blocks and assets of a proof that holds. */
export interface SolvencyShown {
  readonly blocks: readonly ProvenBlock[];
  /** Number of assets that the ledger lists, under the ids from 1 on. */
  readonly listed: number;
  /** Ids of listed assets that are not in the proof: it says nothing about them. */
  readonly missing: readonly number[];
  readonly assets: readonly AssetSolvency[];
}

/** Limits of a verification. */
export interface SolvencyLimits {
  /** Seconds that a vault's block may be from the ledger's, before or after it; `BLOCKS_APART_MAX_S` if left out. */
  readonly apartMaxS?: bigint;
}

/**
 * Newest final blocks lie about a quarter of an hour behind on Ethereum, up to half an hour on its rollups, seconds elsewhere. What is
 * an hour from the ledger's block is of a chain that stands still, or was chosen because something is not in it yet.
 */
export const BLOCKS_APART_MAX_S = 3_600n;

/**
 * Checks a proof of solvency without any connection and returns what it shows. The hashes of its blocks are the reader's to compare
 * with the chains; so are the addresses of ledger, vaults and tokens, and the mappings of the tokens.
 * @throws BAD_HEADER, BAD_PROOF, BAD_RLP naming the contract that is not proven; BLOCKS_APART if the blocks are of different times.
 */
export function verifySolvency(
  proof: SolvencyProof,
  { apartMaxS = BLOCKS_APART_MAX_S }: SolvencyLimits = {},
): SolvencyShown {
  const { settlement, vaults } = proof;
  const home = { chainId: settlement.chainId, ledger: settlement.ledger };
  const block = readHeader(settlement);
  requireOnce(vaults);
  requireSymbols(vaults);
  const slots = ledgerSolvencySlots(home, vaults);
  const [count = 0n, ...words] = wordsOf(settlement, { contract: home.ledger, slots, block });
  const shown = vaults.map((vault) => {
    const kept = words.splice(0, 2 + 2 * vault.assets.length);
    const read = readVault(home, vault, kept);
    requireNear(vault, secondsApart(read.block, block), apartMaxS);
    return read;
  });
  const assets = shown.flatMap((one) => one.assets);
  const listed = parseAssetCountWord(count);
  return {
    blocks: blocksOf([block, ...shown.map((one) => one.block)]),
    listed,
    missing: missingOf(listed, assets),
    assets,
  };
}

/** Seconds between two blocks, whichever is the earlier one. */
export function secondsApart(one: Pick<ProvenBlock, 'timestamp'>, other: Pick<ProvenBlock, 'timestamp'>): bigint {
  const apartS = one.timestamp - other.timestamp;
  return apartS < 0n ? -apartS : apartS;
}

/** Counts alone let an old block pass wherever no entry was written since: what the vault lost since then would not show. */
function requireNear({ source, vault, chainId }: ProvenVault, apartS: bigint, apartMaxS: bigint): void {
  if (apartS <= apartMaxS) return;
  throw proofError(
    'BLOCKS_APART',
    `source ${source} (${vault}): the block of chain ${chainId} is ${apartS} s from the ledger's; expected at most ${apartMaxS} s: make another proof`,
  );
}

/** Every block once. One hash under two chain ids would leave a reader with one line to compare, and a chain without any. */
function blocksOf(blocks: readonly HeaderFields[]): ProvenBlock[] {
  const firsts = new Map<string, HeaderFields>();
  for (const block of blocks) {
    const first = firsts.get(block.hash) ?? block;
    if (first.chainId !== block.chainId)
      throw proofError(
        'BAD_PROOF',
        `block ${block.hash} is named as one of chain ${first.chainId} and of chain ${block.chainId}; expected one chain for each block`,
      );
    firsts.set(block.hash, first);
  }
  return [...firsts.values()].map(namedBlock);
}

/** Ids that are listed and not proven. An id that is not listed has an empty record, and would fill the place of one that is left out. */
function missingOf(listed: number, assets: readonly AssetSolvency[]): number[] {
  const proven = new Set(assets.map(({ assetId }) => assetId));
  const stray = [...proven].find((id) => id < 1 || id > listed);
  if (stray !== undefined)
    throw proofError('BAD_PROOF', `asset ${stray} is not listed at the ledger; expected one of 1 to ${listed}`);
  return Array.from({ length: listed }, (_, at) => at + 1).filter((id) => !proven.has(id));
}

/** An asset that appears twice would hide that another one is left out. */
function requireOnce(vaults: readonly ProvenVault[]): void {
  const ids = vaults.flatMap(({ assets }) => assets.map(({ assetId }) => assetId));
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw proofError('BAD_PROOF', `asset ${twice} appears twice; expected each asset once`);
}

/** One line without control characters: what a reader is shown of the blocks must not come from a name. */
const SYMBOL = /^[^\p{C}\p{Zl}\p{Zp}]{1,20}$/u;

/** Nothing proves a symbol, so whoever made the proof chose it. */
function requireSymbols(vaults: readonly ProvenVault[]): void {
  const odd = vaults.flatMap(({ assets }) => assets).find(({ symbol }) => !SYMBOL.test(symbol));
  if (odd === undefined) return;
  throw proofError(
    'BAD_PROOF',
    `the symbol of asset ${odd.assetId} is ${JSON.stringify(odd.symbol.slice(0, 40))}; expected one line of 1 to 20 printable characters`,
  );
}

interface HeaderFields extends ProvenBlock {
  readonly stateRoot: Bytes32;
}

function namedBlock({ chainId, height, hash, timestamp }: HeaderFields): ProvenBlock {
  return { chainId, height, hash, timestamp };
}

/** Places of fields in a header. @source Ethereum Yellow Paper, section 4.3 */
const HEADER = { stateRoot: 3, number: 8, timestamp: 11 };

function readHeader({ chainId, block, header }: ProvenStorage): HeaderFields {
  const bytes = hexToBytes(header);
  const hash = bytesToHex(keccak256(bytes));
  if (hash !== block)
    throw proofError('BAD_HEADER', `a header of chain ${chainId} hashes to ${hash}; expected the block ${block}`);
  const item = decodeRlp(bytes);
  const field = (at: number): Uint8Array => {
    const value = item.kind === 'list' ? item.items[at] : undefined;
    if (value?.kind !== 'string') throw proofError('BAD_HEADER', `the header of block ${block} has no field ${at}`);
    return value.payload;
  };
  return {
    chainId,
    hash: block,
    height: bytesToUint(field(HEADER.number)),
    timestamp: bytesToUint(field(HEADER.timestamp)),
    stateRoot: bytes32(bytesToHex(field(HEADER.stateRoot))),
  };
}

/** Slots of a contract that a part of the proof must show. */
interface SlotsOf {
  readonly contract: Address;
  readonly slots: readonly Bytes32[];
  readonly block: HeaderFields;
}

function wordsOf(
  { account, slots: proofs }: { readonly account: readonly Hex[]; readonly slots: readonly (readonly Hex[])[] },
  { contract, slots, block }: SlotsOf,
): bigint[] {
  const bytesOf = (nodes: readonly Hex[]): Uint8Array[] => nodes.map((node) => hexToBytes(node));
  const proven = verifyStateProof(
    {
      stateRoot: block.stateRoot,
      address: contract,
      slots,
      proof: { accountNodes: bytesOf(account), slotNodes: proofs.map(bytesOf) },
    },
    keccak256,
  );
  if (proven === undefined)
    throw proofError('BAD_PROOF', `chain ${block.chainId} has no contract ${contract} in block ${block.height}`);
  return proven.values.map((value) => BigInt(value));
}

function readVault(
  home: { readonly chainId: number; readonly ledger: Address },
  vault: ProvenVault,
  [replica = 0n, journal = 0n, ...ofAssets]: readonly bigint[],
): { readonly block: HeaderFields; readonly assets: readonly AssetSolvency[] } {
  const block = readHeader(vault);
  const slots = vaultSolvencySlots(home, vault);
  const [written = 0n, recorded = 0n, ...kept] = wordsOf(vault, { contract: vault.vault, slots, block });
  requireInTime(vault, {
    what: 'locks',
    done: parseReplicaCountWord(replica).count,
    written: parseJournalCountWord(written).count,
  });
  requireInTime(vault, {
    what: 'releases',
    done: parseReplicaCountWord(recorded).count,
    written: parseJournalCountWord(journal).count,
  });
  const assets = vault.assets.map((asset, at) => {
    const [place = 0n, sums = 0n] = ofAssets.slice(2 * at, 2 * at + 2);
    const [token = 0n, accounted = 0n, owed = 0n] = kept.slice(3 * at, 3 * at + 3);
    requirePlace(vault, asset, { place, token });
    const { credited, parked } = parseAssetSumsWord(sums);
    return standingOf({
      assetId: asset.assetId,
      source: vault.source,
      symbol: asset.symbol,
      decimals: asset.decimals,
      credited,
      parked,
      owed: BigInt.asUintN(104, owed),
      accounted: BigInt.asUintN(104, accounted),
      ...heldOf(vault, asset, block),
      token: asset.token,
      mapping: asset.balance?.mapping ?? null,
    });
  });
  return { block, assets };
}

/** The two blocks belong together if nothing was done at one end that the other had not written yet. */
function requireInTime(
  { source, vault }: ProvenVault,
  { what, done, written }: { readonly what: string; readonly done: bigint; readonly written: bigint },
): void {
  if (done <= written) return;
  throw proofError(
    'BLOCKS_APART',
    `source ${source} (${vault}): ${done} ${what} are in the books of one end, and the other had written ${written}; the blocks are of different times: make another proof`,
  );
}

function requirePlace(
  { source, vault }: ProvenVault,
  { assetId, vaultAsset, symbol, decimals, token }: ProvenAsset,
  seen: { readonly place: bigint; readonly token: bigint },
): void {
  const place = parseAssetPlaceWord(seen.place);
  if (place.source !== source || place.vaultAsset !== vaultAsset || place.decimals !== decimals)
    throw proofError(
      'BAD_PROOF',
      `asset ${assetId} is number ${place.vaultAsset} of source ${place.source} with ${place.decimals} decimals at the ledger; expected ${symbol}, number ${vaultAsset} of source ${source} with ${decimals}`,
    );
  const kept = BigInt.asUintN(160, seen.token);
  if (kept !== BigInt(token))
    throw proofError(
      'BAD_PROOF',
      `asset ${vaultAsset} of vault ${vault} is the token 0x${kept.toString(16).padStart(40, '0')}; expected ${token}`,
    );
}

function heldOf(
  { vault }: ProvenVault,
  { token, balance }: ProvenAsset,
  block: HeaderFields,
): Pick<AssetSolvency, 'held' | 'marked'> {
  if (balance === null) return { held: null, marked: null };
  const { slot, order } = balance.mapping;
  if (!isBalanceMapping(balance.mapping))
    throw proofError(
      'BAD_PROOF',
      `the balance of token ${token} is proven in a mapping at ${slot}, ${order}; expected ${BALANCE_MAPPINGS_TOLD}`,
    );
  const slots = [mappedSlot(vault, balance.mapping)];
  const [word = 0n] = wordsOf({ account: balance.account, slots: [balance.slot] }, { contract: token, slots, block });
  return isMarkedBalance(word)
    ? { held: null, marked: bytes32(bytesToHex(uintToBytes(word, 32))) }
    : { held: word, marked: null };
}

function standingOf(asset: Omit<AssetSolvency, 'underWay' | 'standing'>): AssetSolvency {
  const { credited, parked, owed, accounted, held } = asset;
  const underWay = accounted - credited - parked - owed;
  const standing = ((): AssetStanding => {
    if (underWay < 0n) return 'over-credited';
    if (held === null) return 'balance-unproven';
    return held < accounted ? 'short' : 'covered';
  })();
  return { ...asset, underWay, standing };
}
