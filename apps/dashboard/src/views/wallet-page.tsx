import { useEffect, useState } from 'preact/hooks';
import { Section } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { useReading } from '../use-reading.js';

type Loaded = typeof import('./wallet.jsx');

/** Loads what a wallet needs at the first visit of this view: no other view waits for it. */
export function WalletPage(props: ViewProps) {
  const { client } = props.world;
  const [loaded, show] = useState<Loaded>();
  useEffect(() => void import('./wallet.jsx').then(show), []);
  const terms = useReading(props.world, 10_000, async (signal) => {
    const [{ assets }, contracts] = await Promise.all([client.readAssets(signal), client.readContracts(signal)]);
    return { assets, contracts };
  });
  return (
    <Section
      title="Your wallet"
      note="It signs; this page holds no key."
      reading={terms}
      nowMs={props.nowMs}
      show={(value) =>
        loaded === undefined ? <p class="note">Loading…</p> : <loaded.WalletDesk world={props.world} terms={value} />
      }
    />
  );
}
