import type { AccountBelowView, AssetsAnswer, EdgeView, LadderView, StatusView, WitnessEdgeView } from '@surety/client';
import { describeConditions } from '../conditions.js';
import { formatFixed, formatPrice, formatShare, formatSpan, showAmount, shortenHex } from '../format.js';
import { Badge, Bar, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { type LiveReading, useReading } from '../use-reading.js';

/** The least healthy accounts that are listed. */
const LISTED = 5;

/** Shows what is locked where, whether it is followed, and who says so. */
export function OverviewPage({ world, nowMs }: ViewProps) {
  const { client } = world;
  const status = useReading(world, 3_000, (signal) => client.readStatus(signal));
  const held = useReading(world, 5_000, (signal) => client.readAssets(signal));
  const ladder = useReading(world, 10_000, (signal) => client.readLadder(signal));
  const worst = useReading(world, 10_000, (signal) =>
    client.readLeastHealthy({ below: '1.5', skip: 0, limit: LISTED }, signal),
  );
  const witnesses = useReading(world, 15_000, (signal) => client.readWitnesses(signal));
  const nameOf = (chainId: number): string =>
    status.value?.chains.find((chain) => chain.chainId === chainId)?.name ?? String(chainId);
  return (
    <>
      <Section title="State" reading={status} nowMs={nowMs} show={(value) => <State status={value} />} />
      <Collateral held={held} nowMs={nowMs} nameOf={nameOf} />
      <div class="pair">
        <Section
          title="Health of accounts in debt"
          reading={ladder}
          nowMs={nowMs}
          show={(value) => <Ladder ladder={value} worst={worst.value ?? []} />}
        />
        <Attesters status={status} nowMs={nowMs} />
      </div>
      <Edges status={status} nowMs={nowMs} nameOf={nameOf} />
      <Witnesses witnesses={witnesses} nowMs={nowMs} nameOf={nameOf} />
    </>
  );
}

function Collateral({
  held,
  nowMs,
  nameOf,
}: {
  readonly held: LiveReading<AssetsAnswer>;
  readonly nowMs: number;
  readonly nameOf: (chainId: number) => string;
}) {
  return (
    <Section
      title="Collateral by chain and asset"
      reading={held}
      nowMs={nowMs}
      show={({ assets }) => (
        <Table
          label="Collateral by chain and asset"
          empty="No asset is listed."
          rows={assets}
          columns={[
            ['Chain', 'text', (one) => one.chain ?? nameOf(one.chainId)],
            ['Asset', 'text', (one) => one.symbol],
            ['On lines', 'figure', (one) => showAmount(one.used, one.decimals)],
            ['Worth', 'figure', (one) => formatFixed(one.used * one.price1e12, one.decimals + 12, 0)],
            ['Parked', 'figure', (one) => showAmount(one.parked, one.decimals)],
            ['Room', 'figure', (one) => showAmount(one.room, one.decimals)],
            ['Price', 'figure', (one) => formatPrice(one.price1e12, 12)],
            ['Price age', 'figure', (one) => ageOf(one.priceObservedAt, nowMs)],
            ['Backed', 'figure', (one) => formatShare(one.coverageWad, 10n ** 18n)],
            ['Counts less since', 'text', (one) => describeConditions(one.conditions)],
          ]}
        />
      )}
    />
  );
}

function Edges({
  status,
  nowMs,
  nameOf,
}: {
  readonly status: LiveReading<StatusView>;
  readonly nowMs: number;
  readonly nameOf: (chainId: number) => string;
}) {
  return (
    <Section
      title="Edges"
      note="Each vault has one edge to the ledger and one back."
      reading={status}
      nowMs={nowMs}
      show={({ edges }) => (
        <Table
          label="Edges"
          empty="No edge is configured."
          rows={edges}
          columns={[
            ['From', 'text', (edge) => nameOf(edge.originChainId)],
            ['To', 'text', (edge) => nameOf(edge.destinationChainId)],
            ['Entries', 'figure', (edge) => String(edge.entryCount)],
            ['Attested', 'figure', (edge) => String(edge.attestedCount)],
            ['Applied', 'figure', (edge) => String(edge.appliedCount)],
            ['Known up to', 'figure', (edge) => agoOf(edge.lastAsOf, nowMs)],
            ['State', 'text', (edge) => <EdgeState edge={edge} />],
          ]}
        />
      )}
    />
  );
}

function Witnesses({
  witnesses,
  nowMs,
  nameOf,
}: {
  readonly witnesses: LiveReading<readonly WitnessEdgeView[]>;
  readonly nowMs: number;
  readonly nameOf: (chainId: number) => string;
}) {
  return (
    <Section
      title="Witnesses"
      note="A second opinion over other bridges about what attesters signed."
      reading={witnesses}
      nowMs={nowMs}
      show={(edges) => (
        <Table
          label="Witnesses"
          empty="This deployment has no witnesses."
          rows={edges.flatMap((edge) => edge.witnesses.map((one) => ({ edge, one })))}
          columns={[
            ['Edge', 'text', ({ edge }) => `${nameOf(edge.originChainId)} → ${nameOf(edge.destinationChainId)}`],
            ['Witness', 'text', ({ one }) => one.witness],
            ['Health', 'text', ({ one }) => <Badge tone={one.health === 'ok' ? 'good' : 'warn'}>{one.health}</Badge>],
            ['Confirmed', 'figure', ({ one }) => String(one.confirmed ?? '–')],
          ]}
        />
      )}
    />
  );
}

function ageOf(seconds: bigint | undefined, nowMs: number): string {
  return seconds === undefined || seconds === 0n ? 'never' : formatSpan(nowMs / 1000 - Number(seconds));
}

function agoOf(seconds: bigint, nowMs: number): string {
  return seconds === 0n ? 'nothing yet' : `${ageOf(seconds, nowMs)} ago`;
}

function State({ status }: { readonly status: StatusView }) {
  const waiting = status.chains.filter(({ condition, role }) => role === 'collateral' && condition !== 'live');
  return (
    <>
      {waiting.map((chain) => (
        <div class="banner warn">
          <strong>
            {chain.name} is {chain.condition}.
          </strong>{' '}
          {chain.reason ?? 'New locks there wait.'}
        </div>
      ))}
      <dl class="tiles">
        <Tile title="Aggregator">{status.ready ? 'ready' : 'not ready'}</Tile>
        <Tile title="Chains">{status.chains.length}</Tile>
        <Tile title="Compared with the ledger">
          {status.selfCheck.differences === 0 ? 'no difference' : `${status.selfCheck.differences} differ`}
        </Tile>
        <Tile title="Ledger block">{String(status.selfCheck.block?.height ?? '–')}</Tile>
        <Tile title="State hash">{shortenHex(status.stateHash?.hash ?? '–')}</Tile>
      </dl>
    </>
  );
}

function Tile({ title, children }: { readonly title: string; readonly children: string | number }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function EdgeState({ edge }: { readonly edge: EdgeView }) {
  if (edge.condition !== null) return <Badge tone="bad">{`${edge.condition.state}: ${edge.condition.reason}`}</Badge>;
  const waiting = edge.entryCount - edge.appliedCount;
  return waiting > 0n ? <Badge tone="warn">{String(waiting)} wait</Badge> : <Badge tone="good">live</Badge>;
}

function Ladder({ ladder, worst }: { readonly ladder: LadderView; readonly worst: readonly AccountBelowView[] }) {
  const { debtors, below } = ladder;
  const [highest] = below;
  if (highest === undefined || highest.accounts === 0)
    return <p class="note">No account in debt has a health below 1.5.</p>;
  return (
    <>
      <p class="note">
        {highest.accounts} of {debtors} accounts in debt are below {highest.step}; below 1 an account may be liquidated.
      </p>
      <Table
        label="Health of accounts in debt"
        empty=""
        rows={below}
        columns={[
          ['Below', 'text', ({ step }) => step],
          ['Accounts', 'figure', ({ accounts }) => accounts],
          [
            'Drawn',
            'text',
            ({ step, accounts }) => <Bar share={accounts / debtors} tone={step === '1' ? 'bad' : 'warn'} />,
          ],
        ]}
      />
      <p class="note">The least healthy:</p>
      <ul>
        {worst.map(({ account }) => (
          <li>
            <a href={`#/account/${account}`}>{shortenHex(account)}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Attesters({ status, nowMs }: { readonly status: LiveReading<StatusView>; readonly nowMs: number }) {
  return (
    <Section
      title="Attesters"
      note="How far the newest signature of each lies behind what is attested."
      reading={status}
      nowMs={nowMs}
      show={({ edges }) => {
        const names = [...new Set(edges.flatMap((edge) => edge.attesters.map((one) => one.address)))];
        return (
          <Table
            label="Attesters"
            empty="No attester is known yet."
            rows={names.map((address) => ({ address, behind: edges.filter((edge) => isBehind(edge, address)) }))}
            columns={[
              ['Attester', 'text', ({ address }) => <code>{shortenHex(address)}</code>],
              [
                'State',
                'text',
                ({ behind }) =>
                  behind.length === 0 ? (
                    <Badge tone="good">up to date</Badge>
                  ) : (
                    <Badge tone="warn">behind on {behind.length} edges</Badge>
                  ),
              ],
            ]}
          />
        );
      }}
    />
  );
}

function isBehind(edge: EdgeView, address: string): boolean {
  return edge.attesters.some((one) => one.address === address && one.count < edge.attestedCount);
}
