import { useEffect, useRef, useState } from 'preact/hooks';
import { mayLeave } from './leave-guard.js';
import { loadLater } from './load-later.jsx';
import type { PageWorld } from './page-world.js';
import { AccountPage } from './views/account.jsx';
import { ChainsPage } from './views/chains.jsx';
import { OverviewPage } from './views/overview.jsx';
import { ParametersPage } from './views/parameters.jsx';
import { SalesPage } from './views/sales.jsx';

/** Ages are shown in seconds, so that often. */
const TICK_MS = 1_000;

const OVERVIEW = { path: '', title: 'Overview', Body: OverviewPage };
const VIEWS = [
  OVERVIEW,
  { path: 'account', title: 'Account', Body: AccountPage },
  { path: 'parameters', title: 'Parameters', Body: ParametersPage },
  { path: 'risk', title: 'Risk', Body: loadLater(async () => (await import('./views/risk.jsx')).RiskPage) },
  { path: 'chains', title: 'Chains', Body: ChainsPage },
  { path: 'sales', title: 'Auctions and markets', Body: SalesPage },
  {
    path: 'wallet',
    title: 'Lock and release',
    Body: loadLater(async () => (await import('./views/wallet.jsx')).WalletPage),
  },
  { path: 'proof', title: 'Proof', Body: loadLater(async () => (await import('./views/proof.jsx')).ProofPage) },
];

/** The page: its views by the part of the address behind `#/`. */
export function Page({ world }: { readonly world: PageWorld }) {
  const [hash, setHash] = useState(location.hash);
  const [nowMs, setNowMs] = useState(world.nowMs());
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => world.every(TICK_MS, () => setNowMs(world.nowMs())), [world]);
  useEffect(() => {
    let shown = location.hash;
    const follow = (): void => {
      if (location.hash === shown) return;
      if (!mayLeave()) location.replace(shown === '' ? '#/' : shown);
      shown = location.hash;
      setHash(shown);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const [path = '', subject = ''] = hash.replace(/^#\/?/, '').split('/');
  const view = VIEWS.find((one) => one.path === path) ?? OVERVIEW;
  useEffect(() => {
    document.title = `${view.title} · Surety`;
    // A reader of the screen hears that the view changed.
    if (hash !== '') heading.current?.focus();
  }, [view]);
  return (
    <>
      <header>
        <strong>Surety</strong>
        <nav aria-label="Views">
          {VIEWS.map(({ path: to, title }) => (
            <a href={`#/${to}`} aria-current={to === view.path ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {view.title}
        </h1>
        <view.Body world={world} nowMs={nowMs} subject={subject} key={`${path}/${subject}`} />
      </main>
      <footer>Read from {world.client.origin}, which is trusted with nothing: the ledger decides.</footer>
    </>
  );
}
