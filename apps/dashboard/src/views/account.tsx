import type { AccountView, AssetsAnswer, GradeView, MarginView } from '@surety/client';
import { accountId, address, bytes32, parseAccountId } from '@surety/domain';
import { useState } from 'preact/hooks';
import { describeConditions } from '../conditions.js';
import { drawnShare, formatFixed, showAmount, formatValue, shortenHex } from '../format.js';
import { Badge, Bar, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { useReading } from '../use-reading.js';

/** Shows one account; its owner's address stands for its cross-margin account. */
export function AccountPage(props: ViewProps) {
  const [typed, type] = useState(props.subject);
  const account = accountOf(props.subject);
  return (
    <>
      <section>
        <form onSubmit={(event) => (event.preventDefault(), (location.hash = `#/account/${typed.trim()}`))}>
          <label>
            Address or account
            <input
              type="text"
              value={typed}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => type(event.currentTarget.value)}
            />
          </label>
          <button type="submit">Show</button>
        </form>
        {props.subject !== '' && account === undefined ? (
          <p role="alert">
            “{props.subject.slice(0, 80)}” is neither; expected 0x and 40 hex digits (an address) or 64 (an account).
          </p>
        ) : null}
      </section>
      {account === undefined ? null : <OneAccount {...props} subject={account} />}
    </>
  );
}

function accountOf(text: string): string | undefined {
  try {
    if (text.length === 42) return accountId({ owner: address(text), home: 0, sub: 0n });
    return parseAccountId(text).home >= 0 ? bytes32(text) : undefined;
  } catch {
    return undefined;
  }
}

function OneAccount({ world, nowMs, subject }: ViewProps) {
  const { client } = world;
  const account = bytes32(subject);
  const weighed = useReading(world, 3_000, async (signal) => {
    const [margin, terms] = await Promise.all([client.readMargin(account, signal), client.readAssets(signal)]);
    return { margin, terms };
  });
  const held = useReading(world, 3_000, (signal) => client.readAccount(account, signal));
  return (
    <>
      <Section title="Margin" reading={weighed} nowMs={nowMs} show={({ margin }) => <Grades margin={margin} />} />
      <Section
        title="From value to margin"
        note="Each line at its price, and what its weights leave of it at the three grades."
        reading={weighed}
        nowMs={nowMs}
        show={(value) => <Waterfall {...value} />}
      />
      <Section
        title="Under way"
        reading={held}
        nowMs={nowMs}
        show={(value) => <Pending account={value} terms={weighed.value?.terms} />}
      />
    </>
  );
}

function Grades({ margin }: { readonly margin: MarginView }) {
  const rows: readonly (readonly [string, GradeView])[] = [
    ['Initial: to open and to take out', margin.grades.initial],
    ['Exit: where a liquidation ends', margin.grades.exit],
    ['Maintenance: where one begins', margin.grades.maintenance],
  ];
  return (
    <>
      <p>
        <Verdict margin={margin} /> At block {String(margin.block.height)}
        {margin.grades.maintenance.requirementWad === 0n
          ? ''
          : `; health ${formatFixed(margin.healthFactorWad, 18, 3)}`}
        .
      </p>
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
          ['Grade', 'text', ([name]) => name],
          ['Margin', 'figure', ([, grade]) => formatValue(grade.assetsWad)],
          ['Used', 'figure', ([, grade]) => formatValue(grade.requirementWad)],
          ['Free', 'figure', ([, grade]) => formatValue(grade.freeWad)],
        ]}
      />
    </>
  );
}

function Verdict({ margin }: { readonly margin: MarginView }) {
  if (margin.liquidatable) return <Badge tone="bad">may be liquidated now</Badge>;
  if (!margin.mayTakeRisk) return <Badge tone="warn">may not open or take out</Badge>;
  return <Badge tone="good">may open and take out</Badge>;
}

function Waterfall({ margin, terms }: { readonly margin: MarginView; readonly terms: AssetsAnswer }) {
  const decimals = new Map(terms.assets.map((asset) => [asset.assetId, asset.decimals]));
  const most = margin.lines.reduce(
    (top, line) => (line.valueWad.maintenance > top ? line.valueWad.maintenance : top),
    1n,
  );
  return (
    <Table
      label="Lines from value to margin"
      empty="The account has no lines that count."
      rows={margin.lines}
      columns={[
        ['Line', 'text', (line) => `${line.symbol} on ${line.chainId}`],
        ['Amount', 'figure', (line) => showAmount(line.amount, decimals.get(line.assetId) ?? 0)],
        ['Price', 'figure', (line) => formatFixed(line.price1e12, 12, 2)],
        [
          'Asset × source × freshness',
          'figure',
          ({ factors: { initial } }) =>
            [initial.base, initial.source, initial.freshness].map((part) => (part / 1e6).toFixed(2)).join(' × '),
        ],
        ['Maintenance', 'figure', (line) => formatValue(line.valueWad.maintenance)],
        ['Exit', 'figure', (line) => formatValue(line.valueWad.exit)],
        ['Initial', 'figure', (line) => formatValue(line.valueWad.initial)],
        ['', 'text', (line) => <Bar share={drawnShare(line.valueWad.initial, most)} />],
        ['Why less', 'text', (line) => describeConditions(line.conditions)],
      ]}
    />
  );
}

function Pending({ account, terms }: { readonly account: AccountView; readonly terms: AssetsAnswer | undefined }) {
  const amountOf = (assetId: number | null, units: bigint): string => {
    const asset = terms?.assets.find((one) => one.assetId === assetId);
    return asset === undefined ? `${units} units` : `${showAmount(units, asset.decimals)} ${asset.symbol}`;
  };
  const rows = [
    ...account.entries.map((one) => ({ ...one, next: null })),
    ...account.parked.map((one) => ({ ...one, id: `${one.source}:${one.index}`, stage: 'parked: counts 0' })),
    ...account.releases.filter((one) => !['paid', 'refunded'].includes(one.stage)),
  ];
  return (
    <Table
      label="Under way"
      empty="Nothing is under way."
      rows={rows}
      columns={[
        ['Amount', 'text', (one) => amountOf(one.assetId, one.amount)],
        ['Stage', 'text', (one) => one.stage],
        ['Why', 'text', (one) => one.reason ?? '–'],
        ['Next', 'text', (one) => one.next ?? '–'],
        ['Id', 'text', (one) => <code>{shortenHex(one.id)}</code>],
      ]}
    />
  );
}
