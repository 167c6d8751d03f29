import { type Address, type Bytes32, type Hex, type TxHash, accountId, address } from '@surety/domain';
import { erc20Abi } from 'viem';
import { operatorError } from '../errors.js';
import { formatUnits } from '../terminal/format.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import type { MarketPlace } from './find-market.js';

/** An option of an act at a market. */
export type MarketOption = 'amount' | 'shares' | 'account' | 'to';
/** The options of an act as they were typed. */
export type MarketWords = Partial<Readonly<Record<MarketOption, string>>>;

/** Tokens that a contract must be allowed to take before an act, in units of the token. */
export interface NeededApproval {
  readonly token: Address;
  readonly spender: Address;
  readonly units: bigint;
  readonly text: string;
}

/** The call of an act, checked as far as it can be before it is simulated. */
export interface PlannedMarketAct {
  /** The act in words, to be read after a verb. */
  readonly text: string;
  readonly to: Address;
  readonly data: Hex;
  readonly approval?: NeededApproval;
  /** Reads again what `text` promised, right before it is sent. @throws MARKET_REFUSED if it has become worse by more than a thousandth. */
  readonly requireStill?: () => Promise<void>;
  /** Lines to add once it landed. */
  readonly after?: (hash: TxHash) => Promise<readonly string[]>;
}

/** The word for all that there is. */
export const ALL = 'all';

/** Returns what a person holds of the market's token. @throws MARKET_REFUSED if it is less than `units`. */
export async function requireTokens(place: MarketPlace, person: Address, units: bigint): Promise<bigint> {
  const token = { address: address(place.configured.token), abi: erc20Abi } as const;
  const held = await place.reader.readContract({ ...token, functionName: 'balanceOf', args: [person] });
  if (held >= units) return held;
  throw marketRefusal(place, `would take ${tokenText(place, units)}; ${person} holds ${tokenText(place, held)}`);
}

/** Returns the approval of the market for some of its token. */
export function marketApproval(place: MarketPlace, units: bigint): NeededApproval {
  const { market, configured } = place;
  return {
    token: address(configured.token),
    spender: market.address,
    units,
    text: `${tokenText(place, units)} for the market ${market.address}`,
  };
}

/** Parses an amount in whole tokens or shares. @throws BAD_USE unless it is above 0. */
export function requireTypedUnits(text: string | undefined, decimals: number, option: 'amount' | 'shares'): bigint {
  const units = parseTokenUnits(text ?? '', decimals, `--${option}`);
  if (units > 0n) return units;
  throw operatorError('BAD_USE', `--${option} is "${text}"; expected more than 0`);
}

/** Returns the account that was named, or the sender's own. @throws BAD_USE. */
export function typedAccount(person: Address, { account }: MarketWords): Bytes32 {
  return account === undefined
    ? accountId({ owner: person, home: 0, sub: 0n })
    : parseAccountArgument(account, '--account');
}

/** Returns who gets it: the one that was named, or the sender. @throws BAD_USE. */
export function typedReceiver(person: Address, { to }: MarketWords): Address {
  return to === undefined ? person : parseAddressArgument(to, '--to');
}

/** Writes an amount of the market's token. */
export function tokenText({ configured }: MarketPlace, units: bigint): string {
  return `${formatUnits(units, configured.decimals)} ${configured.symbol}`;
}

/** Builds the error of an act that the market would refuse. */
export function marketRefusal({ configured }: MarketPlace, what: string): ReturnType<typeof operatorError> {
  return operatorError('MARKET_REFUSED', `market ${configured.name} ${what}; nothing was sent`);
}
