import type { AccountChangeView, AssetView, HistoryAnswer } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import { useState } from 'preact/hooks';
import { formatMoment, shortenHex, showAmount } from '../format.js';
import { Section, Table } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading } from '../use-reading.js';

interface HistoryProps {
  readonly world: PageWorld;
  readonly account: Bytes32;
  readonly assets: readonly AssetView[];
  readonly nowMs: number;
}

/** Changes of one page. */
const CHANGES = 20;

/** Shows what happened to an account, a page at a time, newest first. */
export function History(props: HistoryProps) {
  const [positions, turnTo] = useState<readonly bigint[]>([]);
  const before = positions.at(-1);
  // Another page is another reading.
  return (
    <Page
      key={String(before)}
      {...props}
      before={before}
      onNewer={() => turnTo(positions.slice(0, -1))}
      onOlder={(next) => turnTo([...positions, next])}
    />
  );
}

interface PageProps extends HistoryProps {
  readonly before: bigint | undefined;
  readonly onNewer: () => void;
  readonly onOlder: (next: bigint) => void;
}

function Page({ world, account, assets, nowMs, before, onNewer, onOlder }: PageProps) {
  const reading = useReading(world, 10_000, (signal) =>
    world.client.readHistory(account, { before, limit: CHANGES }, signal),
  );
  return (
    <Section
      title="History"
      note="Changes in final blocks, newest first."
      reading={reading}
      nowMs={nowMs}
      show={(page) => (
        <>
          <Changes page={page} assets={assets} />
          {before === undefined ? null : <Turn text="Newer" onTurn={onNewer} />}
          <Older page={page} onOlder={onOlder} />
        </>
      )}
    />
  );
}

function Older({ page: { next }, onOlder }: { readonly page: HistoryAnswer } & Pick<PageProps, 'onOlder'>) {
  return next === null ? null : <Turn text="Older" onTurn={() => onOlder(next)} />;
}

function Turn({ text, onTurn }: { readonly text: string; readonly onTurn: () => void }) {
  return (
    <button type="button" onClick={onTurn}>
      {text}
    </button>
  );
}

function Changes({ page, assets }: { readonly page: HistoryAnswer; readonly assets: readonly AssetView[] }) {
  const decimalsOf = ({ assetId }: AccountChangeView): number =>
    assets.find((one) => one.assetId === assetId)?.decimals ?? 0;
  const show = (change: AccountChangeView, units: bigint | null): string =>
    units === null ? '' : `${showAmount(units, decimalsOf(change))} ${change.symbol ?? ''}`;
  return (
    <>
      <Table
        label="History"
        empty="Nothing happened to this account in final blocks."
        rows={page.changes}
        columns={[
          [
            'Time',
            'text',
            ({ timestamp, block }) => (timestamp === null ? `block ${block.height}` : formatMoment(timestamp)),
          ],
          ['Change', 'text', ({ kind, reason }) => (reason === null ? kind : `${kind} (${reason})`)],
          ['Amount', 'figure', (one) => show(one, one.delta === 0n ? one.units : one.delta)],
          ['On the line', 'figure', (one) => show(one, one.amount)],
          ['With', 'text', ({ party }) => (party === null ? '' : shortenHex(party))],
        ]}
      />
      {page.completeFrom === null ? null : (
        <p class="note">What happened before block {String(page.completeFrom)} was not written down.</p>
      )}
    </>
  );
}
