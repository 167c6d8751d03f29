import {
  type AuctionView,
  type DeployedContract,
  type TakenBid,
  bidCall,
  findTaken,
  mostShareOf,
} from '@surety/client';
import { type Address, WAD, mulDivUp } from '@surety/domain';
import { formatFixed, shortenHex } from '../format.js';
import { type OpenWallet, WalletProblem } from './open-wallet.js';
import { type ActWorld, type CheckedSteps, signSteps } from './owner-acts.js';

/** An offer of a running auction that somebody can take now. */
export interface OpenOffer {
  readonly account: AuctionView['account'];
  readonly offer: AuctionView['offers'][number];
}

/** Returns the offers of auctions that can be taken now, without those of the bidder's own account. */
export function openOffers(auctions: readonly AuctionView[], own: AuctionView['account']): readonly OpenOffer[] {
  return auctions
    .filter(({ account }) => account !== own)
    .flatMap(({ account, offers }) => offers.filter(({ wait }) => wait === null).map((offer) => ({ account, offer })));
}

/**
 * Checks a bid at the auction, for little more than the offer shows and at no smaller discount, and plans its signature. Sends nothing.
 * @throws WalletProblem with the auction's, the ledger's or the protocol's own reason
 */
export async function checkBid(
  { wallet, account: to }: ActWorld,
  { account, offer }: OpenOffer,
  contracts: readonly DeployedContract[],
): Promise<CheckedSteps> {
  const home = contracts.find(({ name }) => name === 'auction');
  if (home === undefined) throw new WalletProblem('the aggregator names no auction; use the command line, surety');
  const chain = { chainId: home.chainId, name: home.chain };
  await wallet.useChain(chain);
  const shareMaxWad = mostShareOf(offer.shareWad);
  const call = bidCall({
    auction: home.address,
    account,
    protocol: offer.protocol,
    to,
    shareMaxWad,
    leastPpm: offer.discountPpm,
  });
  await wallet.simulate(call);
  // Rounded up: what may be taken is no less than what is said.
  const most = `${formatFixed(mulDivUp(shareMaxWad, 10_000n, WAD), 2, 2)} %`;
  return { chain, steps: [{ title: `Bid for at most ${most} of the burden of account ${shortenHex(account)}`, call }] };
}

/** Has a bid signed, and returns what it took. @throws WalletProblem */
export async function carryOutBid(
  wallet: OpenWallet,
  checked: CheckedSteps,
  tell: (line: string) => void,
): Promise<TakenBid> {
  const taken = findTaken(await signSteps(wallet, checked, tell), checked.steps[0]?.call.to as Address);
  if (taken === undefined)
    throw new WalletProblem('the transaction tells of no bid; ask for help with the hash that the wallet shows');
  return taken;
}
