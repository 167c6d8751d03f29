import type { AddedEntry, AssetView, DeployedContract } from '@surety/client';
import { accountId } from '@surety/domain';
import { useEffect, useRef, useState } from 'preact/hooks';
import { mayLeave, whileSigning } from '../leave-guard.js';
import { parseToSign } from '../parse-signed.js';
import { Section } from '../parts.jsx';
import type { PageWorld, ViewProps } from '../page-world.js';
import { useReading, wordsOf } from '../use-reading.js';
import { type FoundWallet, watchWallets } from '../wallet/find-wallets.js';
import { assetNameOf } from '../wallet/check-asset.js';
import { type OpenWallet, openWallet } from '../wallet/open-wallet.js';
import {
  type ActWorld,
  type CheckedAct,
  type WantedLocking,
  type WantedPayout,
  carryOutAct,
  checkLock,
  checkRelease,
  gatewayOf,
} from '../wallet/owner-acts.js';
import { sentCalls, walletOfView } from '../wallet/sent-calls.js';
import { Bids } from './bids.jsx';
import { LockSummary, ReleaseSummary } from './act-summaries.jsx';
import { Explained } from './pending.jsx';
import { Protocols } from './protocols.jsx';
import { SentBefore } from './sent-before.jsx';

interface DeskTerms {
  readonly assets: readonly AssetView[];
  readonly contracts: readonly DeployedContract[];
}

/** The view in which a wallet signs. */
export function WalletPage({ world, nowMs }: ViewProps) {
  const { client } = world;
  const terms = useReading(world, 10_000, async (signal) => {
    const [{ assets }, contracts] = await Promise.all([client.readAssets(signal), client.readContracts(signal)]);
    return { assets, contracts };
  });
  return (
    <Section
      title="Your wallet"
      note="It signs; this page holds no key."
      reading={terms}
      nowMs={nowMs}
      show={(value) => <WalletDesk world={world} terms={value} nowMs={nowMs} />}
    />
  );
}

/** Connects a wallet, and has it sign locks, releases and opt-ins of its owner's account. */
function WalletDesk(props: { readonly world: PageWorld; readonly terms: DeskTerms; readonly nowMs: number }) {
  const { world } = props;
  const [found, hear] = useState<readonly FoundWallet[]>([]);
  const [wallet, connect] = useState<OpenWallet>();
  const [problem, tell] = useState('');
  useEffect(() => watchWallets(hear), []);
  if (wallet === undefined) {
    const open = (one: FoundWallet): void => {
      tell('');
      openWallet(one, world).then(connect, (cause: unknown) => tell(wordsOf(cause)));
    };
    return (
      <>
        {found.length === 0 ? (
          <p class="note">
            No wallet announces itself in this browser. Unlock or install one, or lock and release with{' '}
            <code>surety lock</code> and <code>surety release</code>.
          </p>
        ) : (
          found.map((one) => (
            <button type="button" key={one.id} onClick={() => open(one)}>
              Connect {one.name}
            </button>
          ))
        )}
        {problem === '' ? null : <p role="alert">{problem}</p>}
      </>
    );
  }
  return <Connected {...props} opened={wallet} leave={() => connect(undefined)} />;
}

interface ConnectedProps {
  readonly world: PageWorld;
  readonly terms: DeskTerms;
  readonly nowMs: number;
  readonly opened: OpenWallet;
  readonly leave: () => void;
}

/** Notes what a wallet is asked to send until its view is left; then it is asked for nothing more. */
function useWalletOfView({ world, terms, opened }: ConnectedProps) {
  const [view] = useState(() => {
    const left = new AbortController();
    const ledger = terms.contracts.find(({ name }) => name === 'ledger');
    const deployment = `${ledger?.chainId ?? 'no'} ${ledger?.address ?? 'ledger'}`;
    const sent = sentCalls(() => globalThis.localStorage, { deployment, account: opened.address }, world);
    return { left, sent, wallet: walletOfView(opened, sent, left.signal) };
  });
  useEffect(() => () => view.left.abort(), []);
  return view;
}

/** Has a connected wallet sign. */
function Connected(props: ConnectedProps) {
  const { world, terms, nowMs, leave } = props;
  const { sent, wallet } = useWalletOfView(props);
  const [, redraw] = useState(0);
  const account = accountId({ owner: wallet.address, home: 0, sub: 0n });
  const acting = { client: world.client, wallet, account };
  // A vault beside the ledger is used through its desk, which takes more than one call.
  const assets = terms.assets.filter(({ source }) => source !== 0);
  return (
    <>
      <p>
        {wallet.name}: <code>{wallet.address}</code>. <a href={`#/account/${wallet.address}`}>See its account</a>{' '}
        <button type="button" onClick={() => mayLeave() && leave()}>
          Leave it
        </button>
      </p>
      <SentBefore sent={sent} nowMs={nowMs} changed={() => redraw((times) => times + 1)} />
      <ActForm
        title="Lock"
        world={world}
        acting={acting}
        assets={assets}
        hasCoin={(asset) => gatewayOf(asset, terms.contracts) !== undefined}
        check={(wanted) => checkLock(acting, wanted, terms.contracts)}
        summary={({ quote, arrives }) => <LockSummary quote={quote} arrives={arrives} nowMs={nowMs} />}
      />
      <ActForm
        title="Release"
        world={world}
        acting={acting}
        assets={assets}
        hasFee
        check={(wanted) => checkRelease(acting, wanted, terms.contracts)}
        summary={({ quote, arrives }) => <ReleaseSummary quote={quote} arrives={arrives} nowMs={nowMs} />}
      />
      <Protocols world={world} acting={acting} contracts={terms.contracts} nowMs={nowMs} />
      <Bids world={world} acting={acting} assets={terms.assets} contracts={terms.contracts} nowMs={nowMs} />
      <p class="note">
        The aggregator names the contracts: compare the addresses to sign for with a source that you trust, such as{' '}
        <code>surety addresses</code>.
      </p>
      {terms.assets.length === assets.length ? null : <LocalNote />}
    </>
  );
}

function LocalNote() {
  return (
    <p class="note">
      Assets of the settlement chain’s own vault are locked and released with <code>surety</code>.
    </p>
  );
}

/** Progress of an act. */
type Progress<Quote> =
  | { readonly at: 'typing'; readonly problem?: string }
  | { readonly at: 'checking' }
  | { readonly at: 'checked'; readonly act: CheckedAct<Quote> }
  | { readonly at: 'signing'; readonly act: CheckedAct<Quote>; readonly line: string }
  | { readonly at: 'done'; readonly act: CheckedAct<Quote>; readonly entry: AddedEntry };

/** Takes one act through its check and its signatures. */
function useAct<Quote>({ acting, check }: Pick<ActFormProps<Quote>, 'acting' | 'check'>) {
  const [progress, go] = useState<Progress<Quote>>({ at: 'typing' });
  return {
    progress,
    forget: () => go({ at: 'typing' }),
    read: async (wanted: Wanted | string): Promise<void> => {
      if (typeof wanted === 'string') return go({ at: 'typing', problem: wanted });
      go({ at: 'checking' });
      try {
        go({ at: 'checked', act: await check(wanted) });
      } catch (cause) {
        go({ at: 'typing', problem: wordsOf(cause) });
      }
    },
    sign: async (act: CheckedAct<Quote>): Promise<void> => {
      go({ at: 'signing', act, line: 'Asking the wallet' });
      try {
        const tell = (line: string): void => go({ at: 'signing', act, line });
        const entry = await whileSigning(() => carryOutAct(acting.wallet, act, tell));
        go({ at: 'done', act, entry });
      } catch (cause) {
        // A step may have been sent: what is left to sign is found by another check alone.
        go({ at: 'typing', problem: wordsOf(cause) });
      }
    },
  };
}

/** Everything that was typed; each act takes its own part of it. */
type Wanted = WantedPayout & WantedLocking;

interface ActFormProps<Quote> {
  readonly title: 'Lock' | 'Release';
  readonly world: PageWorld;
  readonly acting: ActWorld;
  readonly assets: readonly AssetView[];
  readonly hasFee?: boolean;
  /** Whether the coin of an asset's chain can be paid with. */
  readonly hasCoin?: (asset: AssetView) => boolean;
  readonly check: (wanted: Wanted) => Promise<CheckedAct<Quote>>;
  readonly summary: (act: CheckedAct<Quote>) => preact.ComponentChildren;
}

function ActForm<Quote>(props: ActFormProps<Quote>) {
  const { title, world, assets, hasFee = false, hasCoin = () => false, summary } = props;
  const [chosen, choose] = useState(assets[0]);
  const [amount, typeAmount] = useState('');
  const [fee, typeFee] = useState('');
  const [wantsCoin, wantCoin] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const { progress, forget, read, sign } = useAct(props);
  // One that the aggregator lists no more stays chosen: what was typed for it is meant for no other.
  const asset = assets.find((one) => one.assetId === chosen?.assetId) ?? chosen ?? assets[0];
  if (asset === undefined) return <p class="note">No asset is listed that could be locked from here.</p>;
  const offered = assets.includes(asset) ? assets : [...assets, asset];
  const isBusy = progress.at === 'checking' || progress.at === 'signing';
  const withCoin = wantsCoin && hasCoin(asset);
  // What was checked holds for what was typed then.
  const edit = (change: () => void): void => (change(), forget());
  // What is disabled, or goes away, lets go of the keyboard: only the choice of an asset is no part of the way.
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isBusy) void read(readWanted(asset, { amount, fee, withCoin }));
  };
  return (
    <section aria-label={title}>
      <h3 ref={heading} tabIndex={-1}>
        {title}
      </h3>
      <form onSubmit={submit}>
        <label>
          Asset to {title.toLowerCase()}
          <select
            value={asset.assetId}
            disabled={isBusy}
            onChange={({ currentTarget }) =>
              edit(() => choose(offered.find(({ assetId }) => assetId === Number(currentTarget.value))))
            }
          >
            {offered.map((one) => (
              <option value={one.assetId}>{assetNameOf(one)}</option>
            ))}
          </select>
        </label>
        <AmountField
          label={`Amount to ${title.toLowerCase()}`}
          value={amount}
          isBusy={isBusy}
          type={(text) => edit(() => typeAmount(text))}
        />
        {hasFee ? (
          <AmountField
            label="Of it, for the relayer"
            value={fee}
            isBusy={isBusy}
            type={(text) => edit(() => typeFee(text))}
          />
        ) : null}
        {hasCoin(asset) ? (
          <CoinChoice isChosen={wantsCoin} isBusy={isBusy} choose={(isIt) => edit(() => wantCoin(isIt))} />
        ) : null}
        <button type="submit" aria-disabled={isBusy}>
          Check
        </button>
      </form>
      <ActNews title={title} world={world} progress={progress} summary={summary} />
      {progress.at === 'checked' ? (
        <button type="button" onClick={() => (heading.current?.focus(), void sign(progress.act))}>
          {title}
        </button>
      ) : null}
    </section>
  );
}

/** Lists what is to be signed, each call with its target. */
function Steps({ act }: { readonly act: CheckedAct<unknown> }) {
  return (
    <ol>
      {act.steps.map((step) => (
        <li>
          {step.title}, by a call of <code>{step.call.to}</code> on {act.chain.name}
        </li>
      ))}
    </ol>
  );
}

/** Says how far an act is; a reader of the screen hears each change. */
function ActNews<Quote>(
  props: Pick<ActFormProps<Quote>, 'title' | 'world' | 'summary'> & { readonly progress: Progress<Quote> },
) {
  const { title, world, progress, summary } = props;
  return (
    <div aria-live="polite">
      {progress.at === 'checking' ? <p class="note">Asking the aggregator, the wallet and the chain…</p> : null}
      {'problem' in progress && progress.problem !== undefined ? <p role="alert">{progress.problem}</p> : null}
      {progress.at === 'checked' ? (
        <>
          {summary(progress.act)}
          <Steps act={progress.act} />
        </>
      ) : null}
      {progress.at === 'signing' ? <p>{progress.line}.</p> : null}
      {progress.at === 'done' ? (
        <>
          <p>
            {title === 'Lock' ? 'Locked' : 'Requested'}: {progress.act.text(progress.entry.amount)}.
          </p>
          <Explained world={world} id={progress.entry.id} />
        </>
      ) : null}
    </div>
  );
}

function AmountField(props: {
  readonly label: string;
  readonly value: string;
  readonly isBusy: boolean;
  readonly type: (text: string) => void;
}) {
  return (
    <label>
      {props.label}
      <input
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={props.value}
        readOnly={props.isBusy}
        onInput={({ currentTarget }) => props.type(currentTarget.value)}
      />
    </label>
  );
}

function CoinChoice(props: {
  readonly isChosen: boolean;
  readonly isBusy: boolean;
  readonly choose: (isChosen: boolean) => void;
}) {
  return (
    <label>
      <input
        type="checkbox"
        checked={props.isChosen}
        aria-disabled={props.isBusy}
        onClick={(event) => props.isBusy && event.preventDefault()}
        onChange={({ currentTarget }) => props.choose(currentTarget.checked)}
      />{' '}
      Pay with the chain’s coin, which its gateway wraps
    </label>
  );
}

/** Reads what was typed; a sentence where it is no amount. */
function readWanted(
  asset: AssetView,
  { amount, fee, withCoin }: { readonly amount: string; readonly fee: string; readonly withCoin: boolean },
): Wanted | string {
  const units = parseToSign(amount, asset.decimals);
  if (units === undefined || units <= 0n)
    return `“${amount.slice(0, 40)}” is no amount of ${asset.symbol}; expected a number above 0 without commas, with at most ${asset.decimals} decimals`;
  const paid = fee.trim() === '' ? 0n : parseToSign(fee, asset.decimals);
  if (paid === undefined || paid < 0n || paid > units)
    return `“${fee.slice(0, 40)}” is no fee; expected 0 to the amount without commas, with at most ${asset.decimals} decimals`;
  return { asset, amount: units, fee: paid, withCoin };
}
