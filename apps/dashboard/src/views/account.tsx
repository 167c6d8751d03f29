import type { GradeView, MarginView } from '@surety/client';
import { bytes32 } from '@surety/domain';
import { describeConditions } from '../conditions.js';
import { Free, HealthFigure, Money, Required, Tile } from '../figures.jsx';
import type { GradeFigures } from '../format.js';
import { Badge, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { ByAccount } from '../by-account.jsx';
import { readWeighed } from '../read-weighed.js';
import { useReading } from '../use-reading.js';
import { AtProtocols } from './at-protocols.jsx';
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
      <Section title="Margin" reading={weighed} nowMs={nowMs} show={({ margin }) => <Grades margin={margin} />} />
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

function Grades({ margin }: { readonly margin: MarginView }) {
  const { initial, exit, maintenance } = margin.grades;
  const rows: readonly (readonly [string, string, GradeView])[] = [
    ['Initial', 'to open and to take out', initial],
    ['Exit', 'where a liquidation ends', exit],
    ['Maintenance', 'where one begins', maintenance],
  ];
  return (
    <>
      <dl class="tiles">
        <Tile title="Health">
          <HealthFigure wad={margin.healthFactorWad} />
        </Tile>
        <Tile title="Free initial margin">
          <Free grade={figuresOf(initial)} />
        </Tile>
        <Tile title="The account">
          <Verdict margin={margin} />
        </Tile>
        <Tile title="At block">{String(margin.block.height)}</Tile>
      </dl>
      {margin.conditions.length === 0 ? null : (
        <div class="banner warn">
          <strong>Something counts less than it could:</strong> {describeConditions(margin.conditions)}. A stale price
          or source takes initial margin first; exit and maintenance keep the last price.
        </div>
      )}
      <Table
        label="Margin by grade"
        empty=""
        rows={rows}
        columns={[
          [
            'Grade',
            'text',
            ([name, meaning]) => (
              <>
                {name} <small>{meaning}</small>
              </>
            ),
          ],
          ['Margin', 'figure', ([, , grade]) => <Money wad={grade.assetsWad} />],
          ['Used', 'figure', ([, , grade]) => <Required wad={grade.requirementWad} />],
          ['Free', 'figure', ([, , grade]) => <Free grade={figuresOf(grade)} />],
        ]}
      />
    </>
  );
}

function figuresOf({ assetsWad, requirementWad }: GradeView): GradeFigures {
  return { assets: assetsWad, requirement: requirementWad };
}

function Verdict({ margin }: { readonly margin: MarginView }) {
  if (margin.liquidatable) return <Badge tone="bad">may be liquidated now</Badge>;
  if (!margin.mayTakeRisk) return <Badge tone="warn">may not open or take out</Badge>;
  return <Badge tone="good">may open and take out</Badge>;
}
