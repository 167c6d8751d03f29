import type { DeployedContract, MarketView, OptOutcome } from '@surety/client';
import { type Address, address } from '@surety/domain';
import { useState } from 'preact/hooks';
import { isAddress } from 'viem';
import { formatMoment, shortenHex } from '../format.js';
import { Section } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading } from '../use-reading.js';
import { type ActWorld, carryOutOpting, checkOpting } from '../wallet/owner-acts.js';
import { ActNews, useCheckedAct } from './checked-act.jsx';

/** A protocol with the name that people know it by. */
interface NamedProtocol {
  readonly protocol: Address;
  readonly name: string;
}

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
  const opting = useCheckedAct<OptOutcome>((act, tell) => carryOutOpting(acting.wallet, act, tell));
  const { isBusy, refuse } = opting;
  const choose = (one: NamedProtocol, joins: boolean): Promise<void> =>
    opting.choose(one.name, () => checkOpting(acting, { ...one, joins }, contracts));
  const choosing = (joins: boolean, one: NamedProtocol) => (
    <li key={one.protocol}>
      {one.name} <code>{one.protocol}</code>{' '}
      <button type="button" aria-disabled={isBusy} onClick={() => void choose(one, joins)}>
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
          <OtherProtocol
            isBusy={isBusy}
            refuse={refuse}
            choose={(protocol) => void choose(named(protocol, markets), true)}
          />
          <ActNews act={opting} asked="the ledger" saying={saying} />
        </section>
      )}
    />
  );
}

/** Takes the address of a protocol that is no market. */
function OtherProtocol(props: {
  readonly isBusy: boolean;
  readonly refuse: (problem: string) => void;
  readonly choose: (protocol: Address) => void;
}) {
  const { isBusy, refuse, choose } = props;
  const [typed, type] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const text = typed.trim();
        if (isAddress(text)) choose(address(text));
        else refuse(`“${text.slice(0, 60)}” is no address; expected 0x and 40 hex digits, spelt as EIP-55 has it`);
      }}
    >
      <label>
        Address of another protocol
        <input
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={typed}
          readOnly={isBusy}
          onInput={({ currentTarget }) => type(currentTarget.value)}
        />
      </label>
      <button type="submit" aria-disabled={isBusy}>
        Check it
      </button>
    </form>
  );
}

function saying(name: string, outcome: OptOutcome): string {
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
