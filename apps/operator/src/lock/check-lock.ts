import type { Address, Hex } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatReadable } from '../terminal/format.js';
import type { AssetPlace, LockPlan } from './plan-lock.js';

/** Facts about a wallet and a vault before a lock is sent; amounts in token units, coin in wei. */
export interface WalletFacts {
  /** keccak256 of the code at the vault's address. */
  readonly codeHash: Hex;
  /** The token and its decimals that the vault lists at the asset's index. */
  readonly listed: { readonly token: Address; readonly decimals: number };
  /** The token that the gateway wraps; undefined where none is used. */
  readonly wrapped: Address | undefined;
  /** Tokens of the sender. */
  readonly held: bigint;
  readonly coin: bigint;
}

/** Cost of a lock: gas of its transactions, and wei at the newest block's fees. */
export interface LockCost {
  readonly gas: bigint;
  readonly feeWei: bigint;
  /** True if the token must be approved first. */
  readonly approval: boolean;
}

/** Hash of no code. @source EIP-1052 */
const NO_CODE = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';
const COIN_DECIMALS = 18;

/**
 * Refuses a vault that is not the configured one, and the chain's coin for a token that does not wrap it.
 * @throws VAULT_UNKNOWN, BAD_USE.
 */
export function requireVault({ chain, vault, asset, gateway }: LockPlan, facts: WalletFacts): void {
  const { codeHash, listed, wrapped } = facts;
  const refuse = (seen: string, expected: string): never => {
    throw operatorError(
      'VAULT_UNKNOWN',
      `${vault.address} on ${chain.name} ${seen}; expected ${expected}; nothing was sent: check chains.config.json and the providers with surety doctor`,
    );
  };
  if (codeHash === NO_CODE) refuse('holds no code', `the vault of chain ${chain.chainId}`);
  if (codeHash !== vault.codeHash.toLowerCase()) refuse(`holds code of hash ${codeHash}`, vault.codeHash);
  const token = asset.token.toLowerCase();
  if (listed.token !== token) refuse(`lists ${listed.token} as asset ${asset.index}`, `${asset.symbol} ${token}`);
  if (listed.decimals !== asset.decimals)
    refuse(`counts ${asset.symbol} with ${listed.decimals} decimals`, `${asset.decimals}`);
  if (gateway !== undefined && wrapped !== token) {
    const coin = vault.assets.find((one) => one.token.toLowerCase() === wrapped)?.symbol;
    const fits = coin === undefined ? 'leave --native out' : `--native goes with ${coin}, or leave it out`;
    throw operatorError('BAD_USE', `--native: ${asset.symbol} is no wrapped coin on ${chain.name}; ${fits}`);
  }
}

/** An asset as the ledger lists it. */
interface ListedAsset {
  readonly terms: { readonly source: number; readonly vaultAsset: number; readonly decimals: number };
}

/**
 * Refuses an asset that the ledger does not list as configured: its line would be another token's, or its amount another power of ten.
 * @throws UNKNOWN_ASSET.
 */
export function requireListed({ chain, vault, asset }: AssetPlace, { terms }: ListedAsset): void {
  const pairs = [
    ['source', terms.source, vault.source],
    ['asset of its vault', terms.vaultAsset, asset.index],
    ['decimals', terms.decimals, asset.decimals],
  ] as const;
  const differs = pairs.find(([, seen, expected]) => seen !== expected);
  if (differs === undefined) return;
  const [what, seen, expected] = differs;
  throw operatorError(
    'UNKNOWN_ASSET',
    `the ledger lists asset ${asset.assetId} with ${what} ${seen}; expected ${expected}, that of ${asset.symbol} on ${chain.name}; nothing was sent: check chains.config.json with surety config diff`,
  );
}

/** Refuses more than the wallet holds. @throws WALLET_SHORT with what it holds, and whether the coin would do. */
export function requireFunds({ chain, asset, amount, gateway }: LockPlan, { held, coin, wrapped }: WalletFacts): void {
  const { decimals, symbol } = asset;
  const wanted = formatReadable(amount, decimals);
  if (gateway !== undefined && coin < amount) {
    throw operatorError(
      'WALLET_SHORT',
      `the wallet holds ${formatReadable(coin, COIN_DECIMALS)} of the coin of ${chain.name}; expected at least ${wanted} and what gas costs; nothing was sent`,
    );
  }
  if (gateway !== undefined || held >= amount) return;
  const isCoinEnough = wrapped === asset.token.toLowerCase() && coin > amount;
  const next = isCoinEnough
    ? `add --native to lock the coin itself (you have ${formatReadable(coin, COIN_DECIMALS)})`
    : `lock less, or get ${symbol} on ${chain.name} first`;
  throw operatorError(
    'WALLET_SHORT',
    `the wallet holds ${formatReadable(held, decimals)} ${symbol} on ${chain.name}; expected at least ${wanted}; ${next}; nothing was sent`,
  );
}

/** Refuses a lock whose gas the wallet cannot pay. @throws GAS_SHORT. */
export function requireGas({ chain, amount, gateway }: LockPlan, { coin }: WalletFacts, { feeWei }: LockCost): void {
  const left = gateway === undefined ? coin : coin - amount;
  if (left >= feeWei) return;
  throw operatorError(
    'GAS_SHORT',
    `the wallet has ${formatReadable(left, COIN_DECIMALS)} of the coin of ${chain.name} for gas; expected about ${formatReadable(feeWei, COIN_DECIMALS)}; nothing was sent: send it some coin${gateway === undefined ? '' : ', or lock less of it'}`,
  );
}
