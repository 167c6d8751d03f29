import {
  type AssetView,
  type AuctionView,
  type DeployedContract,
  type TakenBid,
  bidCall,
  findTaken,
  mostShareOf,
} from '@surety/client';
import { collateralLedgerAbi, liquidationAuctionAbi } from '@surety/contracts';
import { type Address, WAD, mulDivDown, mulDivUp } from '@surety/domain';
import { decodeFunctionResult } from 'viem';
import { readContract } from 'viem/actions';
import { formatFixed, formatValue, shortenHex, showWholeAmount } from '../format.js';
import { assetNameOf } from './check-asset.js';
import { type OpenWallet, WalletProblem } from './open-wallet.js';
import { type ActWorld, type CheckedSteps, signSteps } from './owner-acts.js';

/** Decimals of parts per million as per cent. */
const PPM_DECIMALS = 4;

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

/** Writes a discount in parts per million on the price of lines. */
export function priceText(ppm: bigint): string {
  return `${formatFixed(ppm < 0n ? -ppm : ppm, PPM_DECIMALS, 2)} % ${ppm < 0n ? 'above' : 'below'} their price`;
}

/**
 * Checks a bid at the auction, for little more than the offer shows and at no smaller discount, and plans its signature, in the auction's own
 * figures. Sends nothing.
 * @throws WalletProblem with the auction's, the ledger's or the protocol's own reason, or where the auction would do more than the offer shows
 */
export async function checkBid(
  { wallet, account: to }: ActWorld,
  { account, offer }: OpenOffer,
  { assets, contracts }: { readonly assets: readonly AssetView[]; readonly contracts: readonly DeployedContract[] },
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
  const data = await wallet.simulate(call);
  const [, assumedWad, assetIds, amounts] = decodeFunctionResult({
    abi: liquidationAuctionAbi,
    functionName: 'bid',
    data,
  });
  requireShown(offer, assumedWad, assetIds);
  const ledger = await readContract(wallet.chain, {
    address: home.address,
    abi: liquidationAuctionAbi,
    functionName: 'ledger',
  });
  const lines = await Promise.all(
    assetIds.map(async (assetId, at) => {
      const listing = { address: ledger, abi: collateralLedgerAbi, functionName: 'assetOf', args: [assetId] } as const;
      const { terms } = await readContract(wallet.chain, listing);
      const known = assets.find((one) => one.assetId === assetId);
      const name = known === undefined ? '' : ` (${assetNameOf(known)})`;
      return `${showWholeAmount(amounts[at] ?? 0n, terms.decimals)} of asset ${assetId}${name}`;
    }),
  );
  // Rounded up: what is taken over is no less than what is said.
  const most = `${formatFixed(mulDivUp(shareMaxWad, 10_000n, WAD), 2, 2)} %`;
  const assumed = formatFixed(mulDivUp(assumedWad, 100n, WAD), 2, 2);
  const burden = `at most ${most} of what account ${shortenHex(account)} owes ${offer.protocol}`;
  const title = `Bid for ${burden}: now it takes over ${assumed} for ${lines.join(' and ')}, at ${priceText(offer.discountPpm)}`;
  return { chain, steps: [{ title, call }] };
}

/** @throws WalletProblem where an auction would hand over more of a burden than an offer shows, or lines of other assets */
function requireShown(offer: OpenOffer['offer'], assumedWad: bigint, assetIds: readonly number[]): void {
  // The call bounds the share to a twentieth more; the debt grows meanwhile.
  const mostWad = mulDivDown(offer.assumedWad, 107n, 100n);
  const others = assetIds.filter((id) => !offer.lines.some(({ assetId }) => assetId === id));
  if (assumedWad <= mostWad && others.length === 0) return;
  const seen = `${formatValue(assumedWad)} for lines of asset ${assetIds.join(', ')}`;
  const shown = `at most ${formatValue(mostWad)} for lines of asset ${offer.lines.map(({ assetId }) => assetId).join(', ')}`;
  throw new WalletProblem(
    `the auction would have it take over ${seen}; expected ${shown}, as the aggregator says; nothing was sent: check again, or bid with the command line, surety`,
  );
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
