import { type Address, mulDivDown, mulDivUp } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { formatReadable } from '../terminal/format.js';
import {
  ALL,
  type MarketWords,
  type PlannedMarketAct,
  marketApproval,
  marketRefusal,
  requireTokens,
  requireTypedUnits,
  tokenText,
  typedReceiver,
} from './act-words.js';
import { type MarketPlace, SHARE_DECIMALS } from './find-market.js';

/** Plans a deposit, and says what its shares are worth should what is foreseen be lost. @throws BAD_USE, MARKET_REFUSED. */
export async function planDeposit(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> {
  const { market, reader } = place;
  const units = requireTypedUnits(words.amount, place.configured.decimals, 'amount');
  const to = typedReceiver(person, words);
  const room = await reader.readContract({ ...market, functionName: 'maxDeposit', args: [to] });
  if (room < units) {
    const why = (await reader.readContract({ ...market, functionName: 'mayLend', args: [to] }))
      ? 'its shares are worth next to nothing since a loss'
      : `its gate does not admit ${to}`;
    throw marketRefusal(place, `takes ${tokenText(place, room)} now; expected ${tokenText(place, units)}: ${why}`);
  }
  await requireTokens(place, person, units);
  const quote = async () => {
    const shares = await reader.readContract({ ...market, functionName: 'previewDeposit', args: [units] });
    return { shares, worth: await readWorth(place, shares) };
  };
  const { shares, worth } = await quote();
  // Two divisions round down.
  const foreseen = worth + 2n < units ? `: the rest would bear a loss that is foreseeable` : '';
  return {
    text: `deposit of ${tokenText(place, units)} for ${shareText(place, shares)} of ${to}, worth ${tokenText(place, worth)}${foreseen}`,
    to: market.address,
    data: encodeFunctionData({ abi: market.abi, functionName: 'deposit', args: [units, to] }),
    approval: marketApproval(place, units),
    requireStill: async () => {
      const now = await quote();
      if (now.worth < leastOf(worth))
        throw marketRefusal(
          place,
          `gives shares worth ${tokenText(place, now.worth)} now; expected ${tokenText(place, worth)} as was asked`,
        );
    },
  };
}

/**
 * Plans a withdrawal, and says what its shares would bring were nothing foreseen to be lost: they are paid as if it were.
 * @throws BAD_USE, MARKET_REFUSED.
 */
export async function planWithdrawal(
  place: MarketPlace,
  person: Address,
  words: MarketWords,
): Promise<PlannedMarketAct> {
  const to = typedReceiver(person, words);
  return words.amount === ALL ? planRedemption(place, person, to) : planPayment(place, { person, to, words });
}

/** All that there is cash for: so many shares, for what they bring. */
async function planRedemption(place: MarketPlace, person: Address, to: Address): Promise<PlannedMarketAct> {
  const { market, reader } = place;
  const shares = await reader.readContract({ ...market, functionName: 'maxRedeem', args: [person] });
  if (shares === 0n) throw marketRefusal(place, `has nothing to pay to ${person}; expected shares, and cash for them`);
  const quote = (): Promise<bigint> =>
    reader.readContract({ ...market, functionName: 'previewRedeem', args: [shares] });
  const units = await quote();
  const foreseen = await foreseenText(place, { shares, units });
  return {
    text: `withdrawal of all that there is cash for, ${tokenText(place, units)} for ${shareText(place, shares)}, to ${to}${foreseen}`,
    to: market.address,
    data: encodeFunctionData({ abi: market.abi, functionName: 'redeem', args: [shares, to, person] }),
    requireStill: async () => {
      const now = await quote();
      if (now < leastOf(units))
        throw marketRefusal(
          place,
          `pays ${tokenText(place, now)} for ${shareText(place, shares)} now; expected ${tokenText(place, units)} as was asked`,
        );
    },
  };
}

/** So many tokens, for the shares that they take. */
async function planPayment(
  place: MarketPlace,
  { person, to, words }: { readonly person: Address; readonly to: Address; readonly words: MarketWords },
): Promise<PlannedMarketAct> {
  const { market, reader, configured } = place;
  const units = requireTypedUnits(words.amount, configured.decimals, 'amount');
  const most = await reader.readContract({ ...market, functionName: 'maxWithdraw', args: [person] });
  if (units > most)
    throw marketRefusal(
      place,
      `has ${tokenText(place, most)} for ${person} now; expected at least ${tokenText(place, units)}`,
    );
  const quote = (): Promise<bigint> =>
    reader.readContract({ ...market, functionName: 'previewWithdraw', args: [units] });
  const shares = await quote();
  const foreseen = await foreseenText(place, { shares, units });
  return {
    text: `withdrawal of ${tokenText(place, units)} for ${shareText(place, shares)}, to ${to}${foreseen}`,
    to: market.address,
    data: encodeFunctionData({ abi: market.abi, functionName: 'withdraw', args: [units, to, person] }),
    requireStill: async () => {
      const now = await quote();
      if (now > mostOf(shares))
        throw marketRefusal(
          place,
          `takes ${shareText(place, now)} for ${tokenText(place, units)} now; expected ${shareText(place, shares)} as was asked`,
        );
    },
  };
}

/** Says what leaving costs while a loss is foreseeable: shares are paid as if it had come, and are worth more where it does not. */
async function foreseenText(
  place: MarketPlace,
  { shares, units }: { readonly shares: bigint; readonly units: bigint },
): Promise<string> {
  const { market, reader } = place;
  const { provisions } = await reader.readContract({ ...market, functionName: 'booksOf' });
  if (provisions === 0n) return '';
  // The price of entering counts no provision.
  const whole = await reader.readContract({ ...market, functionName: 'previewMint', args: [shares] });
  return `; a loss of ${tokenText(place, provisions)} is foreseeable and paid for as if it had come: without it these shares are worth ${tokenText(place, whole > units ? whole : units)}`;
}

function readWorth({ market, reader }: MarketPlace, shares: bigint): Promise<bigint> {
  return reader.readContract({ ...market, functionName: 'convertToAssets', args: [shares] });
}

function shareText({ configured }: MarketPlace, shares: bigint): string {
  return `${formatReadable(shares, configured.decimals + SHARE_DECIMALS)} shares`;
}

function leastOf(shown: bigint): bigint {
  return mulDivDown(shown, 999n, 1_000n);
}

function mostOf(shown: bigint): bigint {
  return mulDivUp(shown, 1_001n, 1_000n);
}
