import type { Network } from '@surety/config';
import { type Address, type Bytes32, type TokenUnits, address, mulDivUp, requireLockableAccount } from '@surety/domain';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { operatorError } from '../errors.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';

const WHOLE_BPS = 10_000n;

/** A lock as requested, as text. */
export interface LockRequest {
  readonly chain: string;
  readonly asset: string;
  readonly amount: string;
  readonly account?: string;
  /** The smallest that the vault takes, if left out. */
  readonly fee?: string;
  readonly native?: boolean;
}

/** A lock that is ready to be quoted and sent. */
export interface LockPlan {
  readonly chain: Network['chains'][number];
  readonly vault: NonNullable<Network['chains'][number]['vault']>;
  readonly asset: NonNullable<Network['chains'][number]['vault']>['assets'][number];
  readonly amount: TokenUnits;
  /** Undefined: the smallest that the vault takes. */
  readonly fee: TokenUnits | undefined;
  /** The account to credit; undefined for the sender's own. */
  readonly account: Bytes32 | undefined;
  /** Takes the native coin; undefined where the token itself is locked. */
  readonly gateway: Address | undefined;
}

/** Resolves names to a vault and an asset and checks the figures. @throws UNKNOWN_CHAIN, UNKNOWN_ASSET, BAD_USE, OUT_OF_RANGE. */
export function planLock(network: Network, request: LockRequest): LockPlan {
  const { chain, vault, asset } = findAsset(network, request);
  const amount = parseTokenUnits(request.amount, asset.decimals, '--amount');
  const fee = request.fee === undefined ? undefined : parseTokenUnits(request.fee, asset.decimals, '--fee');
  if (fee !== undefined && fee > amount)
    throw operatorError('BAD_USE', `--fee ${request.fee} is above --amount ${request.amount}; it is a part of it`);
  if (fee !== undefined && fee > 0n && vault.source === 0)
    throw operatorError('BAD_USE', `--fee ${request.fee}: no relayer carries a lock at source 0; leave it out`);
  const account = request.account === undefined ? undefined : parseAccountArgument(request.account, '--account');
  if (account !== undefined) requireLockableAccount(account);
  return { chain, vault, asset, amount, fee, account, gateway: request.native === true ? gatewayOf(chain) : undefined };
}

/** Returns the smallest fee of a lock as the configuration has it, in token units, rounded up. */
export function smallestFeeOf({ minimum, lockFeeBp = 0 }: LockPlan['asset']): bigint {
  return mulDivUp(BigInt(minimum), BigInt(lockFeeBp), WHOLE_BPS);
}

function gatewayOf({ name, vault }: LockPlan['chain']): Address {
  if (vault?.gateway === undefined)
    throw operatorError('BAD_USE', `--native: chains.config.json names no gateway of ${name}; lock the wrapped token`);
  return address(vault.gateway);
}

/** One asset of one vault. */
export type AssetPlace = Pick<LockPlan, 'chain' | 'vault' | 'asset'>;

/** Finds a vault by the id or name of its chain. @throws UNKNOWN_CHAIN with the available ones. */
export function findVault(network: Network, wanted: string): Pick<LockPlan, 'chain' | 'vault'> {
  const withVault = network.chains.filter((one) => one.vault !== undefined);
  const chain = withVault.find((one) => one.name === wanted || String(one.chainId) === wanted);
  if (chain?.vault !== undefined) return { chain, vault: chain.vault };
  const known = withVault.map((one) => `${one.name} (${one.chainId})`).join(', ') || 'none: nothing is deployed';
  throw operatorError('UNKNOWN_CHAIN', `chain "${wanted}" has no vault; expected one of ${known}`);
}

/** Finds an asset by the names of its chain and symbol. @throws UNKNOWN_CHAIN, UNKNOWN_ASSET with the available ones. */
export function findAsset(network: Network, request: { readonly chain: string; readonly asset: string }): AssetPlace {
  const { chain, vault } = findVault(network, request.chain);
  const asset = vault.assets.find((one) => one.symbol.toLowerCase() === request.asset.toLowerCase());
  if (asset === undefined) {
    const known = vault.assets.map((one) => one.symbol).join(', ');
    throw operatorError(
      'UNKNOWN_ASSET',
      `asset "${request.asset}" is not listed on ${chain.name}; expected one of ${known}`,
    );
  }
  return { chain, vault, asset };
}
