import {
  medianFeedAbi,
  medianFeedCode,
  pythFeedAbi,
  pythFeedCode,
  redStoneFeedAbi,
  redStoneFeedCode,
} from '@surety/contracts';
import type { Address } from '@surety/domain';
import type { Abi, Hex } from 'viem';

/** The ABIs of sources that the local network does without. */
export const PRICE_SOURCES = {
  PythFeed: pythFeedAbi,
  RedStoneFeed: redStoneFeedAbi,
  MedianFeed: medianFeedAbi,
} as const;

/** Creates one of each. The contract that stands for Pyth's answers nothing; the median rests on two given feeds. */
export async function deployPriceSources(
  given: { readonly pyth: Address; readonly signer: Address; readonly feeds: readonly Address[] },
  deploy: (abi: Abi, bytecode: Hex, args: readonly unknown[]) => Promise<Address>,
): Promise<Readonly<Record<keyof typeof PRICE_SOURCES, Address>>> {
  const { pyth, signer, feeds } = given;
  const feedId = `0x455448${'00'.repeat(29)}`;
  const bounds = { feedId, maxAgeS: 60, confMaxPpm: 20_000, minPrice1e12: 1n, maxPrice1e12: 2n };
  return {
    PythFeed: await deploy(pythFeedAbi, pythFeedCode.creation as Hex, [{ ...bounds, pyth, maxAheadS: 10 }]),
    RedStoneFeed: await deploy(redStoneFeedAbi, redStoneFeedCode.creation as Hex, [
      { ...bounds, signers: [signer], threshold: 1, decimals: 8 },
    ]),
    MedianFeed: await deploy(medianFeedAbi, medianFeedCode.creation as Hex, [feeds.slice(0, 2), 20_000, 70_000]),
  };
}
