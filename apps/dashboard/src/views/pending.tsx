import type { AccountView, AssetsAnswer, ExplanationView } from '@surety/client';
import { isAdvisedCommand } from '@surety/domain';
import { formatSpan, shortenHex, showAmount } from '../format.js';
import { Badge } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading } from '../use-reading.js';

/** Explanations that are asked for at once; the rest is listed without. */
const EXPLAINED_MOST = 12;

/** Lists what is under way of an account, each with its explanation. */
export function Pending(props: {
  readonly world: PageWorld;
  readonly account: AccountView;
  readonly assets: AssetsAnswer['assets'];
}) {
  const { world, account, assets } = props;
  const items = itemsOf(account, assets);
  if (items.length === 0) return <p class="note">Nothing is under way.</p>;
  return (
    <ul class="plain">
      {items.map((item, at) => (
        <li key={item.id}>
          <p>
            <strong>{item.amount}</strong> <Badge tone="warn">{item.stage}</Badge> <code>{shortenHex(item.id)}</code>
          </p>
          {at < EXPLAINED_MOST ? <Explained world={world} id={item.id} /> : <p class="note">{item.reason}</p>}
        </li>
      ))}
    </ul>
  );
}

interface Item {
  /** As `GET /v1/explain/:id` takes it. */
  readonly id: string;
  readonly amount: string;
  readonly stage: string;
  readonly reason: string;
}

function itemsOf(account: AccountView, assets: AssetsAnswer['assets']): readonly Item[] {
  const amountOf = (assetId: number | null, units: bigint): string => {
    const asset = assets.find((one) => one.assetId === assetId);
    return asset === undefined ? `${units} units` : `${showAmount(units, asset.decimals)} ${asset.symbol}`;
  };
  const item = (id: string, one: { assetId: number | null; amount: bigint; reason: string | null }, stage: string) => ({
    id,
    amount: amountOf(one.assetId, one.amount),
    stage,
    reason: one.reason ?? '',
  });
  return [
    ...account.entries.map((one) => item(one.id, one, `lock ${one.stage}`)),
    ...account.parked.map((one) => item(`parked:${one.source}:${one.index}`, one, 'parked: counts 0')),
    ...account.releases
      .filter(({ stage }) => !['paid', 'refunded'].includes(stage))
      .map((one) => item(one.id, one, `release ${one.stage}`)),
  ];
}

/** Explains where something under way stands, and asks again by itself. */
export function Explained({ world, id }: { readonly world: PageWorld; readonly id: string }) {
  const reading = useReading(world, 5_000, (signal) => world.client.explain(id, signal));
  if (reading.value === undefined)
    return <p class="note">{reading.problem === undefined ? 'Asking why…' : `Not explained: ${reading.problem}`}</p>;
  return (
    <>
      {reading.value.map((one) => (
        <ExplainedThing explanation={one} />
      ))}
    </>
  );
}

/** Shows an explanation: what holds it up, who acts next, and each stage. */
export function ExplainedThing({ explanation }: { readonly explanation: ExplanationView }) {
  const { summary, next, eta, stages } = explanation;
  return (
    <>
      <p>{summary}</p>
      {next === null ? null : (
        <p class="note">
          Next: {next.who}: {next.act}.{' '}
          {next.run === null || !isAdvisedCommand(next.run) ? null : (
            <>
              Run <code>{next.run}</code>.
            </>
          )}
        </p>
      )}
      {eta?.seconds === null || eta === null ? null : (
        <p class="note">{`About ${formatSpan(eta.seconds)} more (${eta.basis}).`}</p>
      )}
      <details>
        <summary>{`${stages.filter(({ state }) => state === 'holds').length} of ${stages.length} conditions hold`}</summary>
        <ol>
          {stages.map(({ name, state, evidence }) => (
            <li>
              {`${name}: ${state}`}
              {evidence.map(({ asked, said }) => ` (${asked}: ${said})`).join('')}
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}
