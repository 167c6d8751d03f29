import { collateralVaultAbi, lockGatewayAbi } from '@surety/contracts';
import { type AccountId, type Address, type Hex, type TxHash, ZERO_WORD, accountId, txHash } from '@surety/domain';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { devnetError } from '../errors.js';
import type { LocalNetwork } from '../network/start-network.js';
import { awaitReceipt, mintAndAllow, walletOf } from './send.js';

/** A lock as it was mined. */
export interface MinedLock {
  readonly txHash: TxHash;
  readonly height: bigint;
  /** Time of its receipt, milliseconds since the epoch. */
  readonly minedMs: number;
}

/** A lock to make; the token units are minted first, since development tokens are free. */
export interface LockAct {
  readonly chainId: number;
  readonly by: AccountName;
  readonly asset: 'USDC' | 'WBTC' | 'WETH';
  readonly units: bigint;
  /** Whose line it will be; the payer's own account if left out. */
  readonly account?: AccountId;
  readonly fee?: bigint;
}

/** Returns the cross-margin account of a funded address. */
export function accountOf(name: AccountName): AccountId {
  return accountId({ owner: devnetAccount(name).address, home: 0, sub: 0n });
}

/** Returns the accounts of many unused owners. */
export function freshAccounts(count: number): AccountId[] {
  return Array.from({ length: count }, (_, at) => {
    const owner = `0x${(BigInt('0xf0e5000000000000000000000000000000000000') + BigInt(at)).toString(16)}` as Address;
    return accountId({ owner, home: 0, sub: 0n });
  });
}

/** Mints, approves and locks a token; wrapped coins are locked as the coin itself. @throws STORY_BROKE if a transaction reverts. */
export async function lockTokens(network: LocalNetwork, request: LockAct): Promise<MinedLock> {
  const wallet = walletOf(network, request.chainId, request.by);
  const { account = accountOf(request.by), fee = 0n, units } = request;
  const { vault, gateway } = plannedOf(network, request.chainId);
  if (request.asset === 'WETH') {
    const native = { address: gateway, abi: lockGatewayAbi, functionName: 'lockNative', value: units } as const;
    const args = [vault, account, ZERO_WORD, fee, 0] as const;
    return mined(network, request.chainId, wallet.writeContract({ ...native, args }));
  }
  await mintAndApprove(network, request);
  const lock = { address: vault, abi: collateralVaultAbi, functionName: 'lock' } as const;
  const args = [assetIndexOf(network, request), units, account, ZERO_WORD, fee, 0] as const;
  return mined(network, request.chainId, wallet.writeContract({ ...lock, args }));
}

/** Mints token units to an account and lets the vault take them. */
export async function mintAndApprove(
  network: LocalNetwork,
  request: Pick<LockAct, 'chainId' | 'by' | 'asset' | 'units'>,
): Promise<void> {
  const token = network.tokens.get(request.chainId)?.[request.asset] as Address;
  await mintAndAllow(network, { ...request, token, spender: vaultOf(network, request.chainId) });
}

/** Returns the vault's address on a chain. */
export function vaultOf(network: LocalNetwork, chainId: number): Address {
  return plannedOf(network, chainId).vault;
}

/** Returns the vault's index of an asset. */
export function assetIndexOf(network: LocalNetwork, request: Pick<LockAct, 'chainId' | 'asset'>): number {
  return plannedOf(network, request.chainId).request.assets.findIndex(({ symbol }) => symbol === request.asset) + 1;
}

/** Returns the ledger-wide index of a vault's asset. */
export function assetIdOf(network: LocalNetwork, request: Pick<LockAct, 'chainId' | 'asset'>): number {
  return plannedOf(network, request.chainId).assetIds[assetIndexOf(network, request) - 1] ?? 0;
}

/** Returns the plan of a collateral chain. @throws STORY_BROKE for a chain without a vault. */
export function plannedOf(network: LocalNetwork, chainId: number): LocalNetwork['plan']['vaults'][number] {
  const planned = network.plan.vaults.find(({ request }) => request.chainId === chainId);
  if (planned === undefined) throw devnetError('STORY_BROKE', `chain ${chainId} has no vault`);
  return planned;
}

async function mined(network: LocalNetwork, chainId: number, sent: Promise<Hex>): Promise<MinedLock> {
  const receipt = await awaitReceipt(network, chainId, sent);
  return { txHash: txHash(receipt.transactionHash), height: receipt.blockNumber, minedMs: Date.now() };
}
