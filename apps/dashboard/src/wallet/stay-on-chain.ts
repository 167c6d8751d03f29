import type { EIP1193Provider } from 'viem';
import type { PageWorld } from '../page-world.js';

/** Milliseconds between two looks whether a wallet is back. */
const LOOK_EVERY_MS = 1_500;

/** Asks a wallet. @source EIP-1193 */
export type Ask = (asked: { readonly method: string; readonly params?: unknown }) => Promise<unknown>;

/** A chain to read, and who hears of each chain that the wallet changes to meanwhile. */
interface Stay {
  readonly chainId: number;
  readonly every: PageWorld['every'];
  readonly moved: (chainId: number) => void;
}

/**
 * Returns a wallet's reads of one chain. On another one a block of the same number, or a transaction of the same nonce, is not the one
 * that was asked about: a question waits until the wallet is back.
 */
export function stayOnChain(provider: EIP1193Provider, { chainId, every, moved }: Stay): { readonly request: Ask } {
  const ask: Ask = (asked) => (provider as { readonly request: Ask }).request(asked);
  let last = chainId;
  const isThere = async (): Promise<boolean> => {
    const now = Number(await ask({ method: 'eth_chainId' }));
    if (now !== last) moved(now);
    last = now;
    return now === chainId;
  };
  return {
    async request(asked) {
      for (;;) {
        while (!(await isThere())) await pause(every);
        const [answer] = await Promise.allSettled([ask(asked)]);
        // It may have left before it asked its node.
        if (!(await isThere())) continue;
        if (answer.status === 'fulfilled') return answer.value;
        throw answer.reason;
      }
    },
  };
}

function pause(every: PageWorld['every']): Promise<void> {
  return new Promise((resolve) => {
    const stop = every(LOOK_EVERY_MS, () => {
      stop();
      resolve();
    });
  });
}
