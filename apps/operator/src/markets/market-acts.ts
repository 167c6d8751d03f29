import { optingCall } from '@surety/client';
import { type Address, type Bytes32, mulDivUp } from '@surety/domain';
import { encodeFunctionData, erc20Abi } from 'viem';
import { formatUnits } from '../terminal/format.js';
import { tellOptOut } from '../accounts/tell-opt-out.js';
import {
  ALL,
  type MarketOption,
  type MarketWords,
  type PlannedMarketAct,
  marketApproval,
  marketRefusal,
  requireTokens,
  requireTypedUnits,
  tokenText,
  typedAccount,
  typedReceiver,
} from './act-words.js';
import { type MarketPlace, SHARE_DECIMALS } from './find-market.js';
import { planDeposit, planWithdrawal } from './plan-lending.js';
import { readCollectable } from './read-collectable.js';

/** One act of a lender, a holder of the tranche, a borrower, or anybody, at a market. */
export interface MarketAct {
  readonly name: string;
  /** Who makes it, for people. */
  readonly by: string;
  readonly does: string;
  /** Its options with their help, required unless the help says what is taken instead. */
  readonly takes: Partial<Readonly<Record<MarketOption, { readonly help: string; readonly isRequired: boolean }>>>;
  /** Plans it in a person's name. @throws BAD_USE for words that do not fit; MARKET_REFUSED for what the market would refuse. */
  plan(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> | PlannedMarketAct;
}

const OWN_ACCOUNT = { help: 'owner address or account name; the sender’s own if left out', isRequired: false } as const;
const NAMED_ACCOUNT = { help: 'owner address or account name', isRequired: true } as const;
const RECEIVER = { help: 'who gets it; the sender if left out', isRequired: false } as const;
const tokens = (more = ''): { readonly help: string; readonly isRequired: boolean } => ({
  help: `whole tokens, such as 100.5${more}`,
  isRequired: true,
});

/** Every act at a market, in the order of `surety market --help`. */
export const MARKET_ACTS: readonly MarketAct[] = [
  {
    name: 'deposit',
    by: 'lender',
    does: 'lend tokens for shares, whose price rises with interest; approves the market if needed',
    takes: { amount: tokens(), to: RECEIVER },
    plan: planDeposit,
  },
  {
    name: 'withdraw',
    by: 'lender',
    does: 'take tokens out for shares, as far as the market has cash',
    takes: { amount: tokens(', or all that there is cash for: all'), to: RECEIVER },
    plan: planWithdrawal,
  },
  {
    name: 'opt-in',
    by: 'owner',
    does: 'let an account owe to the market: its margin counts the debt from then on',
    takes: { account: OWN_ACCOUNT },
    plan: (place, person, words) => planOpting(place, typedAccount(person, words), 'optIn'),
  },
  {
    name: 'opt-out',
    by: 'owner',
    does: 'end that; refused while anything is owed',
    takes: { account: OWN_ACCOUNT },
    plan: (place, person, words) => planOpting(place, typedAccount(person, words), 'optOut'),
  },
  {
    name: 'borrow',
    by: 'owner',
    does: 'borrow against everything that the account holds on every chain; refused if initial margin would not hold',
    takes: { amount: tokens(), account: OWN_ACCOUNT, to: RECEIVER },
    plan: planBorrowing,
  },
  {
    name: 'repay',
    by: 'anyone',
    does: 'pay back for an account, first what was written off; takes no more than is owed; approves the market if needed',
    takes: { amount: tokens(', or all that is owed: all'), account: OWN_ACCOUNT },
    plan: planRepayment,
  },
  {
    name: 'cover',
    by: 'lender',
    does: 'put market shares into the junior tranche, which bears losses first and earns the reserve; approves it if needed',
    takes: { shares: { help: 'whole market shares, or all that you hold: all', isRequired: true }, to: RECEIVER },
    plan: planCover,
  },
  {
    name: 'request-exit',
    by: 'tranche',
    does: 'ask to leave the tranche: from ten days later on, for four days, later while a loss is foreseeable',
    takes: { shares: { help: 'whole tranche shares, or all that you hold: all', isRequired: true } },
    plan: planExitRequest,
  },
  {
    name: 'cancel-exit',
    by: 'tranche',
    does: 'withdraw that request; the shares are free again',
    takes: {},
    plan: ({ tranche }) => ({
      text: 'cancellation of the exit from the tranche',
      to: tranche.address,
      data: encodeFunctionData({ abi: tranche.abi, functionName: 'cancelExit' }),
    }),
  },
  {
    name: 'exit',
    by: 'tranche',
    does: 'turn what was requested into market shares, while the exit is open',
    takes: { to: RECEIVER },
    plan: ({ tranche }, person, words) => ({
      text: `exit from the tranche to ${typedReceiver(person, words)}`,
      to: tranche.address,
      data: encodeFunctionData({ abi: tranche.abi, functionName: 'exit', args: [typedReceiver(person, words)] }),
    }),
  },
  {
    name: 'collect',
    by: 'anyone',
    does: 'pay who bore losses, as a lender or in the tranche, what was paid of them since, as far as the market has cash',
    takes: { to: { help: 'who bore them; the sender if left out', isRequired: false } },
    plan: planCollection,
  },
  {
    name: 'accrue',
    by: 'anyone',
    does: 'add interest up to now to the books; every other act does so too',
    takes: {},
    plan: ({ market }) => ({
      text: 'accrual of interest',
      to: market.address,
      data: encodeFunctionData({ abi: market.abi, functionName: 'accrue' }),
    }),
  },
  {
    name: 'renew',
    by: 'anyone',
    does: 'have the ledger record again what the market reserves of an account, lower after a repayment, and the lenders’ share in its exit',
    takes: { account: NAMED_ACCOUNT },
    plan: ({ market }, person, words) => ({
      text: `renewal of what is reserved of ${typedAccount(person, words)} and of the lenders’ share in its exit`,
      to: market.address,
      data: encodeFunctionData({ abi: market.abi, functionName: 'renew', args: [typedAccount(person, words)] }),
    }),
  },
  {
    name: 'provision',
    by: 'anyone',
    does: 'set what is foreseeably lost of an account in an auction, at the prices of now',
    takes: { account: NAMED_ACCOUNT },
    plan: ({ market }, person, words) => ({
      text: `provision for ${typedAccount(person, words)}`,
      to: market.address,
      data: encodeFunctionData({ abi: market.abi, functionName: 'onAuction', args: [typedAccount(person, words)] }),
    }),
  },
];

function planOpting(
  { place, ledger, market, configured }: MarketPlace,
  account: Bytes32,
  functionName: 'optIn' | 'optOut',
): PlannedMarketAct {
  const { to, data } = optingCall(functionName, { ledger, account, protocol: market.address });
  return {
    text: `${functionName === 'optIn' ? 'opt-in' : 'opt-out'} of ${account} at market ${configured.name}`,
    to,
    data,
    ...(functionName === 'optOut' ? { after: (hash) => tellOptOut(place, { ledger, hash }) } : {}),
  };
}

function planBorrowing(place: MarketPlace, person: Address, words: MarketWords): PlannedMarketAct {
  const { market, configured } = place;
  const [account, to] = [typedAccount(person, words), typedReceiver(person, words)];
  const units = requireTypedUnits(words.amount, configured.decimals, 'amount');
  return {
    text: `borrowing of ${tokenText(place, units)} by ${account} to ${to}`,
    to: market.address,
    data: encodeFunctionData({ abi: market.abi, functionName: 'borrow', args: [account, units, to] }),
  };
}

async function planRepayment(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> {
  const { market, reader, configured } = place;
  const account = typedAccount(person, words);
  const [debt, writtenOff] = await reader.readContract({ ...market, functionName: 'positionOf', args: [account] });
  const owed = debt + writtenOff;
  if (owed === 0n) throw marketRefusal(place, `is owed nothing by ${account}; expected a debt`);
  // Interest grows until the payment is mined; what is above the debt is not taken, and is not approved.
  const most = owed + mulDivUp(owed, 1n, 1_000n);
  const typed = words.amount === ALL ? most : requireTypedUnits(words.amount, configured.decimals, 'amount');
  const held = await requireTokens(place, person, typed < owed ? typed : owed);
  const units = [typed, most, held].reduce((least, one) => (one < least ? one : least));
  return {
    // A unit above the debt of now is no promise: interest may leave a rest.
    text:
      units === most
        ? `repayment of all that ${account} owes, ${tokenText(place, owed)} now`
        : `repayment of ${tokenText(place, units)} for ${account}`,
    to: market.address,
    data: encodeFunctionData({ abi: market.abi, functionName: 'repay', args: [account, units] }),
    approval: marketApproval(place, units),
  };
}

/** At most so many losses in one transaction: each costs up to 60,000 gas. */
const LOSSES_AT_ONCE = 100;

async function planCollection(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> {
  const { market, reader } = place;
  const holder = typedReceiver(person, words);
  const blockNumber = await reader.getBlockNumber();
  const [found, { cash }] = await Promise.all([
    readCollectable(place, holder, blockNumber),
    reader.readContract({ ...market, functionName: 'booksOf', blockNumber }),
  ]);
  const taken = found.slice(0, LOSSES_AT_ONCE);
  const units = taken.reduce((sum, one) => sum + one.units, 0n);
  if (units === 0n)
    throw marketRefusal(place, `has nothing to collect for ${holder}; expected a loss of its that was paid since`);
  if (cash === 0n)
    throw marketRefusal(
      place,
      `owes ${tokenText(place, units)} of losses to ${holder} and has no cash; expected a repayment first`,
    );
  const left = found.length - taken.length;
  return {
    text:
      `collection of ${tokenText(place, units < cash ? units : cash)}, paid of ${taken.length === 1 ? 'a loss' : `${taken.length} losses`}, for ${holder}` +
      (left === 0 ? '' : `; ask again for ${left} more`),
    to: market.address,
    data: encodeFunctionData({
      abi: market.abi,
      functionName: 'collect',
      args: [holder, taken.map(({ loss }) => loss)],
    }),
  };
}

async function planCover(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> {
  const { market, tranche, configured } = place;
  const to = typedReceiver(person, words);
  const held = await sharesOf(place, person, 'market');
  const shares = requireShares(place, words.shares, held);
  return {
    text: `deposit of ${held.text(shares)} of market ${configured.name} into its tranche for ${to}`,
    to: tranche.address,
    data: encodeFunctionData({ abi: tranche.abi, functionName: 'deposit', args: [shares, to] }),
    approval: {
      token: market.address,
      spender: tranche.address,
      units: shares,
      text: `${held.text(shares)} for the tranche ${tranche.address}`,
    },
  };
}

async function planExitRequest(place: MarketPlace, person: Address, words: MarketWords): Promise<PlannedMarketAct> {
  const { tranche } = place;
  const held = await sharesOf(place, person, 'tranche');
  const shares = requireShares(place, words.shares, held);
  return {
    text: `request for the exit of ${held.text(shares)} of the tranche`,
    to: tranche.address,
    data: encodeFunctionData({ abi: tranche.abi, functionName: 'requestExit', args: [shares] }),
  };
}

interface HeldShares {
  readonly shares: bigint;
  readonly decimals: number;
  readonly text: (shares: bigint) => string;
}

/** Reads the shares that somebody holds. One provider's word on decimals scales nothing: it would sign another number than was typed. */
async function sharesOf(place: MarketPlace, holder: Address, of: 'market' | 'tranche'): Promise<HeldShares> {
  // Both are ERC-20.
  const contract = { address: place[of].address, abi: erc20Abi } as const;
  const [shares, decimals] = await Promise.all([
    place.reader.readContract({ ...contract, functionName: 'balanceOf', args: [holder] }),
    place.reader.readContract({ ...contract, functionName: 'decimals' }),
  ]);
  const known = place.configured.decimals + (of === 'market' ? SHARE_DECIMALS : 2 * SHARE_DECIMALS);
  if (decimals !== known)
    throw marketRefusal(
      place,
      `has shares of ${decimals} decimals by a provider's word; expected ${known}, by the ${place.configured.decimals} of its token; see surety doctor`,
    );
  return { shares, decimals, text: (units) => `${formatUnits(units, decimals)} shares` };
}

function requireShares(place: MarketPlace, words: string | undefined, { shares, decimals, text }: HeldShares): bigint {
  const wanted = words === ALL ? shares : requireTypedUnits(words, decimals, 'shares');
  if (wanted > 0n && wanted <= shares) return wanted;
  throw marketRefusal(
    place,
    `counts ${text(shares)} of yours; expected ${wanted === 0n ? 'some' : `at least ${text(wanted)}`}`,
  );
}
