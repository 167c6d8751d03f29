import { type VaultToProve, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, AppError, type Hex, address } from '@surety/domain';
import { BaseError, decodeFunctionResult, encodeFunctionData } from 'viem';

/** Returns the output of a call, in the block of the proof, on which a quorum of a chain's nodes agrees. @throws NO_QUORUM. */
export type CallAgreed = (call: { readonly to: Address; readonly input: Hex }) => Promise<Hex>;

/** The ledger, and the vaults that whoever asks knows of. */
interface NamedVaults {
  readonly chainId: number;
  readonly ledger: Address;
  readonly vaults: readonly VaultToProve[];
}

/**
 * Adds what the ledger lists and nobody named: it delists nothing, so after a migration the vault before is a source still, and
 * counts. An asset of a chain that is not called, on which no quorum agrees, or whose vault gives no terms, as where its chain has no
 * code for it, is left out; a reader sees that it is missing.
 */
export async function addUnnamedAssets(
  named: NamedVaults,
  calls: ReadonlyMap<number, CallAgreed>,
): Promise<readonly VaultToProve[]> {
  const home = calls.get(named.chainId);
  const count = home && (await knownOrNothing(readCount(home, named.ledger)));
  if (home === undefined || count === undefined) return named.vaults;
  const known = new Set(named.vaults.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)));
  const unnamed = Array.from({ length: count }, (_, at) => at + 1).filter((assetId) => !known.has(assetId));
  let all = named.vaults;
  for (const assetId of unnamed) {
    const found = await knownOrNothing(readAsset({ home, ledger: named.ledger, calls, named: all }, assetId));
    if (found !== undefined) all = withAsset(all, found);
  }
  return all;
}

/** Without a quorum, or with an output that cannot be decoded, an asset stays unknown, and the proof names its number as missing. */
async function knownOrNothing<Answer>(asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (cause) {
    const isUnknown = cause instanceof BaseError || (cause instanceof AppError && cause.code === 'NO_QUORUM');
    if (isUnknown) return undefined;
    throw cause;
  }
}

function withAsset(vaults: readonly VaultToProve[], found: VaultToProve): readonly VaultToProve[] {
  const isSame = (one: VaultToProve): boolean => one.source === found.source && one.vault === found.vault;
  if (!vaults.some(isSame)) return [...vaults, found];
  return vaults.map((one) => (isSame(one) ? { ...one, assets: [...one.assets, ...found.assets] } : one));
}

interface Asking {
  readonly home: CallAgreed;
  readonly ledger: Address;
  readonly calls: ReadonlyMap<number, CallAgreed>;
  readonly named: readonly VaultToProve[];
}

/** Returns the vault of one asset, with that asset alone; undefined if its chain is not called. */
async function readAsset({ home, ledger, calls, named }: Asking, assetId: number): Promise<VaultToProve | undefined> {
  const { source, vaultAsset, decimals } = await readTerms(home, ledger, assetId);
  const { chainId, vault } = await readSource(home, ledger, source);
  const away = calls.get(chainId);
  if (away === undefined) return undefined;
  const token = await readToken(away, vault, vaultAsset);
  // Nothing proves a symbol: that of the same token elsewhere helps a reader most.
  const twin = named
    .filter((one) => one.chainId === chainId)
    .flatMap(({ assets }) => assets)
    .find((one) => one.token === token);
  const symbol = twin?.symbol ?? `asset ${assetId}`;
  return { source, chainId, vault, assets: [{ assetId, vaultAsset, symbol, decimals, token }] };
}

async function readCount(home: CallAgreed, ledger: Address): Promise<number> {
  const call = { abi: collateralLedgerAbi, functionName: 'assetCount' } as const;
  return decodeFunctionResult({ ...call, data: await home({ to: ledger, input: encodeFunctionData(call) }) });
}

async function readTerms(
  home: CallAgreed,
  ledger: Address,
  assetId: number,
): Promise<{ readonly source: number; readonly vaultAsset: number; readonly decimals: number }> {
  const call = { abi: collateralLedgerAbi, functionName: 'assetOf' } as const;
  const input = encodeFunctionData({ ...call, args: [assetId] });
  return decodeFunctionResult({ ...call, data: await home({ to: ledger, input }) }).terms;
}

async function readSource(
  home: CallAgreed,
  ledger: Address,
  source: number,
): Promise<{ readonly chainId: number; readonly vault: Address }> {
  const call = { abi: collateralLedgerAbi, functionName: 'sourceOf' } as const;
  const input = encodeFunctionData({ ...call, args: [source] });
  const [{ originChainId, vault }] = decodeFunctionResult({ ...call, data: await home({ to: ledger, input }) });
  return { chainId: Number(originChainId), vault: address(vault) };
}

async function readToken(away: CallAgreed, vault: Address, vaultAsset: number): Promise<Address> {
  const call = { abi: collateralVaultAbi, functionName: 'assetOf' } as const;
  const input = encodeFunctionData({ ...call, args: [vaultAsset] });
  return address(decodeFunctionResult({ ...call, data: await away({ to: vault, input }) }).token);
}
