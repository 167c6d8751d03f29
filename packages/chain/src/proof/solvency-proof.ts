import {
  BALANCE_MAPPINGS,
  BLOCKS_APART_MAX_S,
  type BalanceMapping,
  type ProvenAsset,
  type ProvenVault,
  type SolvencyProof,
  type VaultToProve,
  ledgerSolvencySlots,
  mappedSlot,
  secondsApart,
  unmarkedBalance,
  vaultSolvencySlots,
  verifySolvency,
} from '@surety/contracts';
import { type Address, AppError, type BlockHash, type Hex, bytesToHex, uintToBytes } from '@surety/domain';
import { encodeFunctionData, erc20Abi } from 'viem';
import { chainError } from '../errors.js';
import { type CallAgreed, addUnnamedAssets } from './add-unnamed-assets.js';
import { type AskNode, proveSlots } from './prove-slots.js';

/** One chain: the block to prove in, and the nodes to ask. */
export interface ProofPlace {
  readonly block: BlockHash;
  /** The block's own time, in seconds. */
  readonly timestamp: bigint;
  /** Runs a proof at one node after the other, until one gives it. */
  readonly prove: <Proof>(take: (ask: AskNode) => Promise<Proof>) => Promise<Proof>;
  readonly callAgreed: CallAgreed;
}

/** The ledger whose books are to be proven, with the vaults that are known. */
export interface SolvencyToProve {
  readonly chainId: number;
  readonly ledger: Address;
  readonly vaults: readonly VaultToProve[];
  /** Returns the place of a chain at its newest final block. */
  readonly openPlace: (chainId: number) => Promise<ProofPlace>;
  /** Called after each contract. */
  readonly onProven?: (contract: Address) => void;
  /** Called for each vault that is left out, with the seconds between its chain's block and the ledger's. */
  readonly onLeftOut?: (vault: VaultToProve, apartS: bigint) => void;
}

/** Final blocks are read again where those of two chains were of different times: what lies between takes longer than a proof. */
const ATTEMPTS = 3;

/**
 * Proves the sums of all lines and of parked credit at the ledger, and at each vault what is accounted, what is owed and what it
 * holds of each token. Every proof is verified before it is returned. A vault whose chain's newest final block is more than
 * `BLOCKS_APART_MAX_S` from the ledger's is left out: no reader accepts it, and a chain that stands still does not take the proof of
 * the others. What the ledger lists besides, on the chains of the named vaults, is proven as well, if it can be: the vault before a
 * migration.
 * @throws BAD_HEADER, BAD_PROOF, BAD_RLP if a node lies; BAD_RESPONSE if it lacks the block; BLOCKS_APART if the final blocks of two
 * chains are of different times three times; what the places throw.
 */
export async function proveSolvency(wanted: SolvencyToProve): Promise<SolvencyProof> {
  for (let attempt = 1; ; attempt += 1) {
    const proof = await proveAt(wanted, await openPlaces(wanted));
    try {
      verifySolvency(proof);
      return proof;
    } catch (cause) {
      const isApart = cause instanceof AppError && cause.code === 'BLOCKS_APART';
      if (!isApart || attempt === ATTEMPTS) throw cause;
    }
  }
}

/** The settlement chain's block is the last: what the ledger has of a vault then, the vault had written by its own block or soon after. */
async function openPlaces({ chainId, vaults, openPlace }: SolvencyToProve): Promise<ReadonlyMap<number, ProofPlace>> {
  const places = new Map<number, ProofPlace>();
  for (const each of new Set([...vaults.map((vault) => vault.chainId).filter((one) => one !== chainId), chainId]))
    places.set(each, await openPlace(each));
  return places;
}

async function proveAt(wanted: SolvencyToProve, places: ReadonlyMap<number, ProofPlace>): Promise<SolvencyProof> {
  const { chainId, ledger, onProven } = wanted;
  const placeOf = (each: number): ProofPlace => {
    const place = places.get(each);
    if (place === undefined) throw new TypeError(`chain ${each} was not opened`);
    return place;
  };
  const home = placeOf(chainId);
  const { block, prove } = home;
  const calls = new Map([...places].map(([each, { callAgreed }]) => [each, callAgreed]));
  const vaults = (await addUnnamedAssets(wanted, calls)).filter((vault) => {
    const apartS = secondsApart(placeOf(vault.chainId), home);
    if (apartS > BLOCKS_APART_MAX_S) wanted.onLeftOut?.(vault, apartS);
    return apartS <= BLOCKS_APART_MAX_S;
  });
  const isNamed = ({ source, vault }: VaultToProve): boolean =>
    wanted.vaults.some((one) => one.source === source && one.vault === vault);
  const proven: ProvenVault[] = [];
  for (const vault of vaults) {
    const proving = proveVault(wanted, vault, placeOf(vault.chainId));
    const shown = await (isNamed(vault) ? proving : proving.catch(nullIfUnproven));
    if (shown === null) continue;
    proven.push(shown);
    onProven?.(vault.vault);
  }
  // The ledger shows what it has of the vaults that are proven, so it comes last.
  const slots = ledgerSolvencySlots(wanted, proven);
  const { values: _, ...storage } = await prove((ask) => proveSlots(ask, { contract: ledger, block }, slots));
  onProven?.(ledger);
  return { kind: 'solvency', settlement: { chainId, block, ledger, ...storage }, vaults: proven };
}

async function proveVault(wanted: SolvencyToProve, vault: VaultToProve, place: ProofPlace): Promise<ProvenVault> {
  const { block } = place;
  const { header, account, slots } = await place.prove((ask) =>
    proveSlots(ask, { contract: vault.vault, block }, vaultSolvencySlots(wanted, vault)),
  );
  const assets: ProvenAsset[] = [];
  for (const asset of vault.assets) {
    const balance = await proveBalance(place, { holder: vault.vault, token: asset.token }).catch(nullIfUnproven);
    assets.push({ ...asset, balance });
  }
  return { source: vault.source, vault: vault.vault, chainId: vault.chainId, block, header, account, slots, assets };
}

/** One token, or a vault that nobody named, does not take the proof of the others; whoever verifies it sees what is missing. */
function nullIfUnproven(cause: unknown): null {
  if (cause instanceof AppError && cause.code === 'UNPROVEN') return null;
  throw cause;
}

/** A holder's balance of a token. */
interface TokenHolding {
  readonly holder: Address;
  readonly token: Address;
}

/** A holder's balance of a token in one block, as a quorum of nodes gives it. */
interface AgreedBalance extends TokenHolding {
  readonly block: BlockHash;
  readonly balance: bigint;
}

/** Characters of 32 bytes in hex. */
const WORD_LENGTH = 66;

/** Added to a mapping's place in `BALANCE_MAPPINGS`: a balance that no holder has by chance. */
const MARK = 1n << 64n;

/**
 * Proves a balance under the token's storage. What lies there must be what a quorum of nodes gives as the balance: one node's word
 * for the mapping could prove that another one, an empty one, is empty.
 * @throws UNPROVEN if no node proves it, or no quorum agrees on it.
 */
async function proveBalance(place: ProofPlace, held: TokenHolding): Promise<ProvenAsset['balance']> {
  const balance = await readBalance(place, held);
  return place.prove((ask) => proveAgreed(ask, { ...held, block: place.block, balance }));
}

/**
 * Which slot it is, the token says itself: it is asked for the balance once with another mark in each slot that may be it.
 * @throws UNPROVEN if it answers none of the marks, or the slot has another balance than the agreed one.
 */
async function proveAgreed(ask: AskNode, place: AgreedBalance): Promise<ProvenAsset['balance']> {
  const mapping = await findMapping(ask, place);
  const { account, slots, values } = await proveSlots(ask, { contract: place.token, block: place.block }, [
    mappedSlot(place.holder, mapping),
  ]);
  const [word = 0n] = values.map(BigInt);
  if (place.balance !== unmarkedBalance(word))
    throw chainError(
      'UNPROVEN',
      `the token ${place.token} gives the balance ${place.balance} of ${place.holder}; its storage has ${word} there, expected the same`,
    );
  return { mapping, account, slot: slots[0] ?? [] };
}

async function readBalance({ callAgreed }: ProofPlace, { holder, token }: TokenHolding): Promise<bigint> {
  const answer = await callAgreed({ to: token, input: balanceCall(holder) }).catch((cause: unknown) => {
    if (!(cause instanceof AppError) || cause.code !== 'NO_QUORUM') throw cause;
    throw chainError('UNPROVEN', `the providers agree on no balance of the token ${token}: ${cause.message}`, {
      cause,
    });
  });
  if (answer.length === WORD_LENGTH) return BigInt(answer);
  throw chainError('UNPROVEN', `the token ${token} gives the balance ${answer.slice(0, 80)}; expected 32 bytes`);
}

function balanceCall(holder: Address): Hex {
  return encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [holder] });
}

async function findMapping(ask: AskNode, { holder, token, block }: AgreedBalance): Promise<BalanceMapping> {
  const stateDiff = Object.fromEntries(
    BALANCE_MAPPINGS.map((mapping, at) => {
      const mark = bytesToHex(uintToBytes(MARK + BigInt(at), 32));
      return [mappedSlot(holder, mapping), mark];
    }),
  );
  const answer = await ask('eth_call', [
    { to: token, data: balanceCall(holder) },
    { blockHash: block },
    { [token]: { stateDiff } },
  ]);
  const at = /^0x[0-9a-f]{64}$/i.test(String(answer)) ? BigInt(String(answer)) - MARK : -1n;
  const mapping = at >= 0n && at < BALANCE_MAPPINGS.length ? BALANCE_MAPPINGS[Number(at)] : undefined;
  if (mapping === undefined)
    throw chainError('UNPROVEN', `no mapping of the token ${token} holds its balances, or the node takes no overrides`);
  return mapping;
}
