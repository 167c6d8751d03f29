import { type Address, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { collateralLedgerAbi, collateralVaultAbi } from '../generated/index.js';
import type { AssetRequest } from './chain-request.js';
import { connectionTo } from './connection-to.js';
import { deployError } from './errors.js';
import type { PlannedAct } from './plan-deployment.js';

/** The number by which a vault and the ledger name a token to each other: nothing but the order of listings gives it. */
export interface NumberedAsset {
  readonly vault: { readonly chainId: number; readonly at: Address };
  readonly ledger: { readonly chainId: number; readonly at: Address };
  readonly source: number;
  /** From 1, in the order of the plan. */
  readonly index: number;
  /** The ledger's own number for it, which the fast limit names it by; undefined where acts read that number once it is listed. */
  readonly assetId: number | undefined;
  readonly asset: Pick<AssetRequest, 'symbol' | 'token' | 'decimals' | 'underlying'>;
}

type Readers = ReadonlyMap<number, PublicClient>;

const NEXT = 'a listing stays: put the assets back into the order of the vault, new ones last, and run again';

/** Lists where vaults and the ledger have another token, or one of other terms, at the number that acts name one by. */
export async function findPlaceProblems(
  readers: Readers,
  acts: readonly Pick<PlannedAct, 'place'>[],
): Promise<readonly string[]> {
  const places = new Set(acts.flatMap(({ place }) => place ?? []));
  const found = await Promise.all(
    [...places].map(async (place) => [
      ...(await findAtVault(connectionTo(readers, place.vault.chainId), place)),
      ...(await findAtLedger(connectionTo(readers, place.ledger.chainId), place)),
    ]),
  );
  return found.flat();
}

/** @throws ACT_FAILED where an act would concern another token than the plan's. */
export async function requirePlaces(readers: Readers, acts: readonly Pick<PlannedAct, 'place'>[]): Promise<void> {
  const problems = await findPlaceProblems(readers, acts);
  if (problems.length > 0)
    throw deployError('ACT_FAILED', `nothing was sent for these assets:\n  ${problems.join('\n  ')}`);
}

async function findAtVault(reader: PublicClient, { vault, index, asset }: NumberedAsset): Promise<readonly string[]> {
  if (!(await holdsCode(reader, vault.at))) return [];
  const contract = { address: vault.at, abi: collateralVaultAbi } as const;
  const { symbol, token } = asset;
  const listed = await reader.readContract({ ...contract, functionName: 'indexOf', args: [token] });
  if (listed === index) return [];
  if (listed !== 0)
    return [`${symbol} at ${token} is asset ${listed} of the vault ${vault.at}; expected ${index}; ${NEXT}`];
  if ((await reader.readContract({ ...contract, functionName: 'assetCount' })) < index) return [];
  const other = await reader.readContract({ ...contract, functionName: 'assetOf', args: [index] });
  // The run of the vault's chain may have listed it between the two answers.
  if (address(other.token) === token) return [];
  return [
    `asset ${index} of the vault ${vault.at} is the token ${other.token}; expected ${symbol} at ${token}; ${NEXT}`,
  ];
}

/** Slot and decimals of a listing never change. Weights, caps and minimums may since. */
async function findAtLedger(
  reader: PublicClient,
  { ledger, source, index, assetId: planned, asset }: NumberedAsset,
): Promise<readonly string[]> {
  if (!(await holdsCode(reader, ledger.at))) return [];
  const contract = { address: ledger.at, abi: collateralLedgerAbi } as const;
  // In this order: a listing between the two answers must not look like another's.
  const count = await reader.readContract({ ...contract, functionName: 'assetCount' });
  const assetId = await reader.readContract({ ...contract, functionName: 'assetIdOf', args: [source, index] });
  if (planned !== undefined && (assetId === 0 ? planned <= count : assetId !== planned))
    return [
      `${asset.symbol} of source ${source} would be asset ${planned} of the ledger, which has ${assetId === 0 ? 'given that number to another token' : `it as ${assetId}`}; a chain’s tokens stand before those of later chains: leave it out of the plan, and list it with surety vault list-asset and surety ledger list-asset`,
    ];
  if (assetId === 0) return [];
  const { terms } = await reader.readContract({ ...contract, functionName: 'assetOf', args: [assetId] });
  if (terms.underlying === asset.underlying && terms.decimals === asset.decimals) return [];
  return [
    `asset ${index} of source ${source} is listed at the ledger with price slot ${terms.underlying} and ${terms.decimals} decimals; expected ${asset.underlying} and ${asset.decimals} of ${asset.symbol}; ${NEXT}`,
  ];
}

async function holdsCode(reader: PublicClient, at: Address): Promise<boolean> {
  return ((await reader.getCode({ address: at })) ?? '0x') !== '0x';
}
