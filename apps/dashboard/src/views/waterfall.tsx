import type { MarginLineView } from '@surety/client';
import { useState } from 'preact/hooks';
import { describeConditions } from '../conditions.js';
import { Money } from '../figures.jsx';
import { drawnShare, formatPpmFactor, formatPrice, showAmount } from '../format.js';
import { type WeighedReading, chainNameOf } from '../read-weighed.js';
import { type Cut, cutsOf } from '../what-if.js';

type GradeName = keyof WeighedReading['margin']['grades'];

const GRADES: readonly GradeName[] = ['initial', 'exit', 'maintenance'];

/** Shows for each line, step by step, what its weights leave of its value at one grade. */
export function Waterfall({ margin, assets }: WeighedReading) {
  const [grade, choose] = useState<GradeName>('initial');
  if (margin.lines.length === 0) return <p class="note">The account has no lines that count.</p>;
  return (
    <>
      <fieldset class="choice">
        <legend>Grade</legend>
        {GRADES.map((name) => (
          <label>
            <input type="radio" name="grade" value={name} checked={name === grade} onChange={() => choose(name)} />{' '}
            {name}
          </label>
        ))}
      </fieldset>
      <div class="cards">
        {margin.lines.map((line) => {
          const decimals = assets.find(({ assetId }) => assetId === line.assetId)?.decimals ?? 0;
          return (
            <article key={line.assetId}>
              <h3>{`${line.symbol} on ${chainNameOf(assets, line)}`}</h3>
              <p class="note">
                {`${showAmount(line.amount, decimals)} ${line.symbol} at ${formatPrice(line.price1e12, 12)}`}
              </p>
              <Steps line={line} cuts={cutsOf(line, decimals, grade)} />
              {line.conditions.length === 0 ? null : (
                <p class="banner warn">Counts less: {describeConditions(line.conditions)}.</p>
              )}
            </article>
          );
        })}
      </div>
    </>
  );
}

function Steps({ line, cuts }: { readonly line: MarginLineView; readonly cuts: readonly Cut[] }) {
  const whole = cuts[0]?.leftWad ?? 0n;
  return (
    <table class="steps">
      <caption class="unseen">{`${line.symbol}: from value to margin`}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Factor</th>
          <th scope="col">What is left, drawn</th>
          <th scope="col">What is left</th>
        </tr>
      </thead>
      <tbody>
        {cuts.map((cut, at) => (
          <Step cut={cut} before={cuts[at - 1]?.leftWad ?? whole} whole={whole} />
        ))}
        <tr class="total">
          <th scope="row">Counts</th>
          <td />
          <td class="drawn" />
          <td class="figure">
            <Money wad={cuts.at(-1)?.leftWad ?? 0n} />
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Step({ cut, before, whole }: { readonly cut: Cut; readonly before: bigint; readonly whole: bigint }) {
  const [left, was] = [100 * drawnShare(cut.leftWad, whole), 100 * drawnShare(before, whole)];
  return (
    <tr>
      <th scope="row">{cut.name}</th>
      <td class="figure">{cut.factorPpm === undefined ? '' : `× ${formatPpmFactor(cut.factorPpm)}`}</td>
      <td class="drawn">
        <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          <rect class="track" width="100" height="8" />
          <rect class="lost" x={left.toFixed(2)} width={Math.max(0, was - left).toFixed(2)} height="8" />
          <rect class="fill" width={left.toFixed(2)} height="8" />
        </svg>
      </td>
      <td class="figure">{cut.leftWad === before && before !== whole ? '' : <Money wad={cut.leftWad} />}</td>
    </tr>
  );
}
