import type { ComponentChildren } from 'preact';
import { formatFixed, formatValue } from './format.js';

/** Above this health is drawn as "ample": 2^256 − 1 stands for no debt at all. */
const NO_DEBT = 2n ** 256n - 1n;

/** A value with 18 decimals, shown with two; its own integer stays in the element for whoever copies or checks it. */
export function Money({ wad, signed = false }: { readonly wad: bigint; readonly signed?: boolean }) {
  if (wad === NO_DEBT) return <data value={String(wad)}>no limit</data>;
  return <data value={String(wad)}>{`${signed && wad > 0n ? '+' : ''}${formatValue(wad)}`}</data>;
}

/** A health factor with three decimals, or words where nothing is owed. */
export function HealthFigure({ wad }: { readonly wad: bigint }) {
  return <data value={String(wad)}>{wad === NO_DEBT ? 'nothing owed' : formatFixed(wad, 18, 3)}</data>;
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
