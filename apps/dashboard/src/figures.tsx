import { HEALTH_FACTOR_MAX } from '@surety/margin';
import type { ComponentChildren } from 'preact';
import { formatFixed, formatValue } from './format.js';

/** An infinite requirement: a protocol does not answer. */
const NO_LIMIT = 2n ** 256n - 1n;

/** A value with 18 decimals, shown with two; its own integer stays in the element for whoever copies or checks it. */
export function Money({ wad, signed = false }: { readonly wad: bigint; readonly signed?: boolean }) {
  if (wad === NO_LIMIT) return <data value={String(wad)}>no limit</data>;
  return <data value={String(wad)}>{`${signed && wad > 0n ? '+' : ''}${formatValue(wad)}`}</data>;
}

/** A health factor with three decimals, or words where nothing is owed. */
export function HealthFigure({ wad }: { readonly wad: bigint }) {
  return <data value={String(wad)}>{wad === HEALTH_FACTOR_MAX ? 'nothing owed' : formatFixed(wad, 18, 3)}</data>;
}

/** One figure under its name. */
export function Tile({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
