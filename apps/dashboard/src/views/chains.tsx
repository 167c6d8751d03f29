import type { AttestersAnswer, ChainView, EdgeAttestersView } from '@surety/client';
import { formatSpan, shortenHex } from '../format.js';
import { Badge, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { useReading } from '../use-reading.js';

/** Shows each chain as the aggregator follows it, and who signs for each edge. */
export function ChainsPage({ world, nowMs }: ViewProps) {
  const { client } = world;
  const chains = useReading(world, 3_000, (signal) => client.readChains(signal));
  const attesters = useReading(world, 5_000, (signal) => client.readAttesters(signal));
  const nameOf = (chainId: number): string =>
    chains.value?.find((one) => one.chainId === chainId)?.name ?? String(chainId);
  return (
    <>
      <Section title="Chains" reading={chains} nowMs={nowMs} show={(value) => <Followed chains={value} />} />
      <Section
        title="Who signs"
        note="An edge moves when as many attesters as it needs have signed the same head."
        reading={attesters}
        nowMs={nowMs}
        show={(value) => <Signers answer={value} nameOf={nameOf} />}
      />
    </>
  );
}

function Followed({ chains }: { readonly chains: readonly ChainView[] }) {
  return (
    <Table
      label="Chains"
      empty="No chain is configured."
      rows={chains}
      columns={[
        ['Chain', 'text', (one) => one.name],
        ['Id', 'figure', (one) => one.chainId],
        ['Role', 'text', (one) => one.role],
        ['Final block', 'figure', (one) => String(one.heightFinal ?? '–')],
        ['Newest block', 'figure', (one) => String(one.heightLatest ?? '–')],
        [
          'Condition',
          'text',
          (one) => <Badge tone={one.condition === 'live' ? 'good' : 'warn'}>{one.condition}</Badge>,
        ],
        ['Why', 'text', (one) => one.reason ?? '–'],
      ]}
    />
  );
}

function Signers(props: { readonly answer: AttestersAnswer; readonly nameOf: (chainId: number) => string }) {
  const { answer, nameOf } = props;
  const rows = answer.edges
    .filter(({ local }) => !local)
    .flatMap((edge) => edge.members.map((member) => ({ edge, member })));
  return (
    <Table
      label="Who signs"
      empty="No attester is known yet."
      rows={rows}
      columns={[
        ['Edge', 'text', ({ edge }) => `${nameOf(edge.originChainId)} → ${nameOf(edge.destinationChainId)}`],
        ['Edge is', 'text', ({ edge }) => <Liveness edge={edge} />],
        ['Attester', 'text', ({ member }) => <code>{member.operator ?? shortenHex(member.address)}</code>],
        ['Signed up to', 'figure', ({ member }) => String(member.count)],
        ['Behind', 'figure', ({ member }) => String(member.behind)],
        ['Last word', 'figure', ({ member }) => (member.ageS === null ? 'none yet' : `${formatSpan(member.ageS)} old`)],
        [
          'Attester is',
          'text',
          ({ member }) =>
            member.upToDate ? <Badge tone="good">up to date</Badge> : <Badge tone="warn">{standingOf(member)}</Badge>,
        ],
      ]}
    />
  );
}

function Liveness({ edge }: { readonly edge: EdgeAttestersView }) {
  const counted = `${edge.upToDate} of ${edge.members.length}, needs ${edge.needed ?? '?'}`;
  return <Badge tone={edge.live ? 'good' : 'warn'}>{counted}</Badge>;
}

function standingOf({ member, behind, ageS }: EdgeAttestersView['members'][number]): string {
  if (!member) return 'no member now';
  if (ageS === null) return 'never heard';
  return behind > 0n ? 'behind' : 'late';
}
