import type { DeployedContract, MarketView, OptOutcome } from '@surety/client';
import { type Address, address } from '@surety/domain';
import { useState } from 'preact/hooks';
import { isAddress } from 'viem';
import { formatMoment, shortenHex } from '../format.js';
import { Section } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading, wordsOf } from '../use-reading.js';
import { type ActWorld, type CheckedSteps, carryOutOpting, checkOpting } from '../wallet/owner-acts.js';

/** A protocol with the name that people know it by. */
interface NamedProtocol {
  readonly protocol: Address;
  readonly name: string;
}

type Progress =
  | { readonly at: 'choosing'; readonly problem?: string }
  | { readonly at: 'checking' }
  | { readonly at: 'checked'; readonly act: CheckedSteps }
  | { readonly at: 'signing'; readonly line: string }
  | { readonly at: 'done'; readonly name: string; readonly outcome: OptOutcome };

/** Shows the protocols of the wallet's account, and lets its owner let one in or leave one. */
export function Protocols(props: {
  readonly world: PageWorld;
  readonly acting: ActWorld;
  readonly contracts: readonly DeployedContract[];
  readonly nowMs: number;
}) {
  const { world, acting, contracts, nowMs } = props;
  const reading = useReading(world, 3_000, async (signal) => {
    const [{ protocols }, markets] = await Promise.all([
      world.client.readAccount(acting.account, signal),
      world.client.readMarkets(signal),
    ]);
    return { protocols, markets };
  });
  const { progress, choose, refuse, sign } = useOpting(acting, contracts);
  const [typed, type] = useState('');
  const isBusy = progress.at === 'checking' || progress.at === 'signing';
  const choosing = (joins: boolean, one: NamedProtocol) => (
    <li key={one.protocol}>
      {one.name} <code>{one.protocol}</code>{' '}
      <button type="button" disabled={isBusy} onClick={() => void choose(one, joins)}>
        {joins ? 'Let in' : 'Leave'} {one.name}
      </button>
    </li>
  );
  return (
    <Section
      title="Protocols"
      note="One that you let in may require margin of this account, and take its collateral for what you come to owe there."
      reading={reading}
      nowMs={nowMs}
      show={({ protocols, markets }) => (
        <section aria-label="Protocols of the account">
          {protocols.length === 0 ? <p class="note">None may yet.</p> : null}
          <ul>{protocols.map((one) => choosing(false, named(address(one), markets)))}</ul>
          <ul>
            {markets
              .filter(({ listed, address: market }) => listed && !protocols.includes(market))
              .map(({ address: market }) => choosing(true, named(address(market), markets)))}
          </ul>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const text = typed.trim();
              if (isAddress(text)) void choose(named(address(text), markets), true);
              else
                refuse(`“${text.slice(0, 60)}” is no address; expected 0x and 40 hex digits, spelt as EIP-55 has it`);
            }}
          >
            <label>
              Address of another protocol
              <input
                type="text"
                spellcheck={false}
                autocomplete="off"
                value={typed}
                disabled={isBusy}
                onInput={({ currentTarget }) => type(currentTarget.value)}
              />
            </label>
            <button type="submit" disabled={isBusy}>
              Check it
            </button>
          </form>
          <OptingNews progress={progress} sign={sign} />
        </section>
      )}
    />
  );
}

/** Takes one opt-in or opt-out through its check and its signature. */
function useOpting(acting: ActWorld, contracts: readonly DeployedContract[]) {
  const [progress, go] = useState<Progress>({ at: 'choosing' });
  const [chosen, keep] = useState('');
  return {
    progress,
    refuse: (problem: string) => go({ at: 'choosing', problem }),
    choose: async (one: NamedProtocol, joins: boolean): Promise<void> => {
      keep(one.name);
      go({ at: 'checking' });
      try {
        go({ at: 'checked', act: await checkOpting(acting, { ...one, joins }, contracts) });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
    sign: async (act: CheckedSteps): Promise<void> => {
      go({ at: 'signing', line: 'Asking the wallet' });
      try {
        const outcome = await carryOutOpting(acting.wallet, act, (line) => go({ at: 'signing', line }));
        go({ at: 'done', name: chosen, outcome });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
  };
}

function OptingNews({
  progress,
  sign,
}: {
  readonly progress: Progress;
  readonly sign: (act: CheckedSteps) => Promise<void>;
}) {
  return (
    <div aria-live="polite">
      {progress.at === 'checking' ? <p class="note">Asking the wallet and the ledger…</p> : null}
      {progress.at === 'choosing' && progress.problem !== undefined ? <p role="alert">{progress.problem}</p> : null}
      {progress.at === 'signing' ? <p>{progress.line}.</p> : null}
      {progress.at === 'done' ? <p>{saying(progress)}</p> : null}
      {progress.at === 'checked'
        ? progress.act.steps.map(({ title, call }) => (
            <p key={title}>
              {title}, by a call of <code>{call.to}</code> on {progress.act.chain.name}.{' '}
              <button type="button" onClick={() => void sign(progress.act)}>
                Sign it
              </button>
            </p>
          ))
        : null}
    </div>
  );
}

function saying({ name, outcome }: Extract<Progress, { at: 'done' }>): string {
  switch (outcome.kind) {
    case 'in':
      return `${name} may require margin of this account from now on.`;
    case 'out':
      return `${name} may no longer require margin of this account.`;
    case 'notice':
      return `${name} does not answer, so it was given notice: leave it again from ${formatMoment(outcome.endsAt)} on.`;
    case 'unchanged':
      return 'Nothing changed: it was so already.';
  }
}

function named(protocol: Address, markets: readonly MarketView[]): NamedProtocol {
  const market = markets.find((one) => one.address === protocol);
  return { protocol, name: market === undefined ? `protocol ${shortenHex(protocol)}` : `market ${market.market}` };
}
