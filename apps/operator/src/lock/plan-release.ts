import type { Network } from '@surety/config';
import { type Address, type Bytes32, type TokenUnits } from '@surety/domain';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { operatorError } from '../errors.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import { type AssetPlace, findAsset } from './plan-lock.js';

/** A release as requested, as text. */
export interface ReleaseRequest {
  readonly chain: string;
  readonly asset: string;
  /** Whole tokens, or `all`. */
  readonly amount: string;
  readonly account?: string;
  readonly recipient?: string;
  readonly fee: string;
}

/** A release that is ready to be checked and sent. */
export interface ReleasePlan extends AssetPlace {
  readonly settlement: NonNullable<Network['settlement']>;
  readonly settlementChain: Network['chains'][number];
  /** Token units, or undefined for the whole line. */
  readonly amount: TokenUnits | undefined;
  readonly fee: TokenUnits;
  /** The account to debit; undefined for the sender's own. */
  readonly account: Bytes32 | undefined;
  /** Recipient on the vault's chain; undefined for the sender. */
  readonly recipient: Address | undefined;
}

/** Resolves names to an asset's line and checks the figures. @throws UNKNOWN_ASSET, BAD_USE, OUT_OF_RANGE. */
export function planRelease(network: Network, request: ReleaseRequest): ReleasePlan {
  const { settlement } = network;
  const settlementChain = network.chains.find(({ chainId }) => chainId === settlement?.chainId);
  if (settlement === undefined || settlementChain === undefined) {
    throw operatorError('BAD_USE', 'the configuration names no settlement chain; releases are requested there');
  }
  const place = findAsset(network, request);
  const { decimals } = place.asset;
  const amount = request.amount === 'all' ? undefined : parseTokenUnits(request.amount, decimals, '--amount');
  const fee = parseTokenUnits(request.fee, decimals, '--fee');
  if (amount !== undefined && fee > amount)
    throw operatorError('BAD_USE', `--fee ${request.fee} is above --amount ${request.amount}; it is a part of it`);
  return {
    ...place,
    settlement,
    settlementChain,
    amount,
    fee,
    account: request.account === undefined ? undefined : parseAccountArgument(request.account, '--account'),
    recipient: request.recipient === undefined ? undefined : parseAddressArgument(request.recipient, '--recipient'),
  };
}
