import {
  COLLATERAL_CHAINS,
  type Devnet,
  accountOf,
  lockTokens,
  readLedgerLine,
  requestRelease,
  waitUntil,
} from '@surety/devnet';

/** Releases that come in all the while, for vaults in turn. */
export interface ReleaseLoad {
  /** Releases that were mined so far. */
  readonly mined: number;
  /** Ends it once what was sent is mined. @throws what sending or mining threw. */
  stop(): Promise<void>;
}

const UNITS = 10_000_000n;
const RELEASES_MAX = 20_000n;

/** Gives alice a line on each collateral chain to release from, and waits until the ledger holds it. */
export async function fillReleaseLines(
  devnet: Devnet,
  whileWaiting: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { network } = devnet;
  for (const { chainId } of COLLATERAL_CHAINS)
    await lockTokens(network, { chainId, by: 'alice', asset: 'USDC', units: UNITS * RELEASES_MAX });
  for (const { chainId } of COLLATERAL_CHAINS) {
    await waitUntil({
      what: `alice's line of chain ${chainId}`,
      withinMs: 90_000,
      probe: async () => {
        await whileWaiting();
        const held = await readLedgerLine(network, { chainId, symbol: 'USDC', account: accountOf('alice') });
        return held > 0n ? true : undefined;
      },
    });
  }
}

/** Requests small releases, one after the other, until it is stopped. */
export function startReleaseLoad({ network }: Devnet): ReleaseLoad {
  let stopped = false;
  let mined = 0;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const { chainId } = COLLATERAL_CHAINS[mined % COLLATERAL_CHAINS.length] ??
        COLLATERAL_CHAINS[0] ?? { chainId: 901 };
      await requestRelease(network, { chainId, by: 'alice', asset: 'USDC', units: UNITS });
      mined += 1;
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    get mined() {
      return mined;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
