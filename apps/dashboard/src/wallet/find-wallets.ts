import type { EIP1193Provider } from 'viem';

/** A wallet of this browser. */
export interface FoundWallet {
  /** Unique among the wallets of a page. */
  readonly id: string;
  readonly name: string;
  readonly provider: EIP1193Provider;
}

/** Announcement of a wallet. @source EIP-6963 */
interface Announced {
  readonly info: { readonly uuid: string; readonly name: string };
  readonly provider: EIP1193Provider;
}

const ANNOUNCE = 'eip6963:announceProvider';

/** Tells of the browser's wallets as they announce themselves, until the returned function is called. @source EIP-6963, EIP-1193 */
export function watchWallets(tell: (wallets: readonly FoundWallet[]) => void): () => void {
  const found = new Map<string, FoundWallet>();
  const hear = (event: Event): void => {
    const { info, provider } = (event as CustomEvent<Announced>).detail;
    found.set(info.uuid, { id: info.uuid, name: info.name, provider });
    tell([...found.values()]);
  };
  addEventListener(ANNOUNCE, hear);
  dispatchEvent(new Event('eip6963:requestProvider'));
  // An older wallet announces nothing, and leaves itself here.
  const { ethereum } = window as { readonly ethereum?: EIP1193Provider };
  if (found.size === 0 && ethereum !== undefined)
    tell([{ id: 'window.ethereum', name: 'the wallet of this browser', provider: ethereum }]);
  return () => removeEventListener(ANNOUNCE, hear);
}
