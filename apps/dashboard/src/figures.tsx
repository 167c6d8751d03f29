import { HEALTH_FACTOR_MAX, isInfiniteRequirement } from '@surety/margin';
import type { ComponentChildren } from 'preact';
import { type GradeFigures, formatFixed, formatValue, showFree, showRequirement } from './format.js';

/** A value with 18 decimals, shown with two; its own integer stays in the element for whoever copies or checks it. */
export function Money({ wad, signed = false }: { readonly wad: bigint; readonly signed?: boolean }) {
  return <data value={String(wad)}>{`${signed && wad > 0n ? '+' : ''}${formatValue(wad)}`}</data>;
}

/** The requirement of a grade; a word where no assets cover it. */
export function Required({ wad }: { readonly wad: bigint }) {
  return <data value={String(wad)}>{showRequirement(wad)}</data>;
}

/** The margin that a grade leaves free; a word beside an infinite requirement. */
export function Free({ grade }: { readonly grade: GradeFigures }) {
  return <data value={String(grade.assets - grade.requirement)}>{showFree(grade)}</data>;
}

/** The change of what a grade leaves free; no figure beside an infinite requirement. */
export function FreeChange({ was, is }: { readonly was: GradeFigures; readonly is: GradeFigures }) {
  if (isInfiniteRequirement(was.requirement) || isInfiniteRequirement(is.requirement)) return <>–</>;
  return <Money wad={is.assets - is.requirement - (was.assets - was.requirement)} signed />;
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
