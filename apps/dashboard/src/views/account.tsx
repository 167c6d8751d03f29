import { bytes32 } from '@surety/domain';
import { Section } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { ByAccount } from '../by-account.jsx';
import { readWeighed } from '../read-weighed.js';
import { useReading } from '../use-reading.js';
import { AtProtocols } from './at-protocols.jsx';
import { Grades } from './grades.jsx';
import { HealthOverTime } from './health-over-time.jsx';
import { History } from './history.jsx';
import { Pending } from './pending.jsx';
import { Waterfall } from './waterfall.jsx';
import { Scenarios, WhatIfPanel } from './what-if.jsx';

/** Shows one account; its owner's address stands for its cross-margin account. */
export function AccountPage(props: ViewProps) {
  return (
    <ByAccount
      view="account"
      subject={props.subject}
      verb="Show"
      note="Type an owner’s address to see the margin of its account, line by line."
      show={(account) => <OneAccount {...props} subject={account} />}
    />
  );
}

function OneAccount({ world, nowMs, subject }: ViewProps) {
  const { client } = world;
  const account = bytes32(subject);
  const weighed = useReading(world, 3_000, (signal) => readWeighed(client, account, signal));
  const held = useReading(world, 3_000, (signal) => client.readAccount(account, signal));
  return (
    <>
      <Section
        title="Margin"
        reading={weighed}
        nowMs={nowMs}
        show={({ margin }) => <Grades margin={margin} nowMs={nowMs} />}
      />
      <Section
        title="From value to margin"
        note="What each weight leaves of a line."
        reading={weighed}
        nowMs={nowMs}
        show={(value) => <Waterfall {...value} />}
      />
      <HealthOverTime world={world} account={account} margin={weighed.value?.margin} nowMs={nowMs} />
      <AtProtocols world={world} account={account} weighed={weighed.value} nowMs={nowMs} />
      <Section title="What if" reading={weighed} nowMs={nowMs} show={(value) => <WhatIfPanel {...value} />} />
      <Section
        title="If prices fall"
        note="The account at this block after a fall, weighed in this page."
        reading={weighed}
        nowMs={nowMs}
        show={(value) => <Scenarios {...value} />}
      />
      <Section
        title="Under way"
        reading={held}
        nowMs={nowMs}
        show={(value) => <Pending world={world} account={value} assets={weighed.value?.assets ?? []} />}
      />
      <p>
        <a href={`#/proof/${account}`}>Verify that its lines are counted</a>
      </p>
      <History world={world} account={account} assets={weighed.value?.assets ?? []} nowMs={nowMs} />
    </>
  );
}
