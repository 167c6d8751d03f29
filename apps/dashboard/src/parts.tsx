import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { formatSpan } from './format.js';
import { type LiveReading, wordsOf } from './use-reading.js';

/** A titled part of a view, with the words for what is missing or old. */
export function Section<Value>(props: {
  readonly title: string;
  readonly note?: string;
  readonly reading: LiveReading<Value>;
  readonly nowMs: number;
  readonly show: (value: Value) => ComponentChildren;
}) {
  const { title, note, reading, nowMs, show } = props;
  const failed = useRef<Value | undefined>(undefined);
  const [fault, forget] = useErrorBoundary(() => void (failed.current = reading.value));
  // The next answer is tried; what is said of the one before stays until that one stands.
  useEffect(() => {
    if (fault !== undefined && failed.current !== reading.value) forget();
  }, [reading.value]);
  return (
    <section>
      <h2>{title}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {reading.problem === undefined ? null : <Failure reading={reading} nowMs={nowMs} />}
      {fault === undefined ? null : (
        <p class="banner bad" role="alert">
          <strong>“{title}” cannot be shown.</strong> The other parts stand; the next answer is tried by itself.
          <br />
          <small>{wordsOf(fault)}</small>
        </p>
      )}
      {reading.value === undefined ? (
        reading.problem === undefined && <p class="note">Reading…</p>
      ) : fault !== undefined && failed.current === reading.value ? null : (
        <Shown value={reading.value} show={show} />
      )}
    </section>
  );
}

/** Apart from its section, which outlives what it throws. */
function Shown<Value>({ value, show }: { readonly value: Value; readonly show: (value: Value) => ComponentChildren }) {
  return <>{show(value)}</>;
}

function Failure({ reading, nowMs }: { readonly reading: LiveReading<unknown>; readonly nowMs: number }) {
  const old =
    reading.readAtMs === undefined
      ? 'Nothing was read yet.'
      : `What stands below was read ${formatSpan((nowMs - reading.readAtMs) / 1000)} ago.`;
  return (
    <div class="banner bad">
      {/* The age beside it changes each second: as part of the alert it would be said each time. */}
      <strong role="alert">The aggregator does not answer this.</strong> {old} The page asks again by itself.
      <br />
      <small>{reading.problem}</small>
    </div>
  );
}

/** Good, warning or bad, said in words; the colour only repeats them. */
export function Badge(props: { readonly tone: 'good' | 'warn' | 'bad'; readonly children: ComponentChildren }) {
  return <span class={`badge ${props.tone}`}>{props.children}</span>;
}

/** A bar from 0 to 1, for the eye alone: the figure stands beside it. */
export function Bar({ share, tone = 'plain' }: { readonly share: number; readonly tone?: string }) {
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="track" width="100" height="8" />
      <rect class="fill" width={(100 * share).toFixed(2)} height="8" />
    </svg>
  );
}

/** A column: its title, whether it holds figures, and each row's cell. */
export type Column<Row> = readonly [title: string, kind: 'text' | 'figure', cell: (row: Row) => ComponentChildren];

/** A table that scrolls sideways on a phone, by keyboard too. */
export function Table<Row>(props: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty: string;
}) {
  const { label, columns, rows, empty } = props;
  if (rows.length === 0) return <p class="note">{empty}</p>;
  return (
    <div class="scrolls" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(([title, kind]) => (
              <th scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map(([, kind, cell]) => (
                <td class={kind}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
