import {
  type Devnet,
  type OpenCreditLine,
  accountOf,
  borrow,
  devnetAccount,
  followLock,
  lockTokens,
  openCreditLine,
} from '@surety/devnet';
import type { Browser } from 'playwright-core';
import { openPerpetualBook, tradePerpetual } from '../e2e/perpetual-book.js';
import { type Line, type LineOptions, startLine } from '../e2e/start-line.js';
import { type Shown, type WatchedPage, openBrowser, openPage } from './open-browser.js';

const WITHIN_MS = 60_000;
const [ALPHA, BETA] = [901, 902];
const ETHER_SLOT = 3;

/** Alice's account and address, and an account that holds nothing. */
export const ALICE = { account: accountOf('alice'), address: devnetAccount('alice').address };
export const NOBODY = `0x${'12'.repeat(20)}`;

/** A running line with a browser in front of its aggregator's page. */
export interface PageScene {
  readonly line: Line;
  readonly devnet: Devnet;
  /** Opens a view by the part of its address behind `#/`. */
  open(view: string, shown?: Shown): Promise<WatchedPage>;
  stop(): Promise<void>;
}

/** Starts chains, processes and the browser; nothing is locked yet. */
export async function startPageScene(chromium: string, options: LineOptions = {}): Promise<PageScene> {
  const line = await startLine(options);
  let browser: Browser | undefined;
  try {
    browser = await openBrowser(chromium);
  } catch (cause) {
    await line.stop();
    throw cause;
  }
  const opened = browser;
  const { devnet } = line;
  return {
    line,
    devnet,
    open: (view, shown) => openPage(opened, `${devnet.aggregatorUrl}/ui/#/${view}`, shown),
    async stop() {
      await opened.close();
      await line.stop();
    },
  };
}

/** Lets Alice sell perpetuals of ether at a book that the governor lists. */
export async function sellEther({ devnet: { network } }: PageScene, sizeWad: bigint): Promise<void> {
  await tradePerpetual(network, await openPerpetualBook(network), { slot: ETHER_SLOT, sizeWad: -sizeWad });
}

/** Locks 25,000 USDC on alpha and 4 ETH on beta for Alice, and lends her 21,000. */
export async function fillScene({ devnet }: PageScene): Promise<OpenCreditLine> {
  const { network } = devnet;
  const locked = [
    { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 25_000_000_000n },
    { chainId: BETA, by: 'alice', asset: 'WETH', units: 4n * 10n ** 18n },
  ] as const;
  await Promise.all(
    locked.map(async (act) => {
      const lock = await lockTokens(network, act);
      await followLock(devnet, { chainId: act.chainId, lock, withinMs: WITHIN_MS });
    }),
  );
  const credit = await openCreditLine(network, 100_000_000_000n);
  await borrow(network, credit, 'alice', 21_000_000_000n);
  return credit;
}
