import type { ComponentChildren, VNode } from 'preact';

/** Returns the words of what components without a state show. */
export function wordsShown(shown: ComponentChildren): string {
  if (shown === null || shown === undefined || typeof shown === 'boolean') return '';
  if (Array.isArray(shown)) return shown.map(wordsShown).join(' ');
  if (typeof shown !== 'object') return String(shown);
  const { type, props } = shown as VNode<{ readonly children?: ComponentChildren }>;
  return typeof type === 'function'
    ? wordsShown((type as (of: object) => ComponentChildren)(props))
    : wordsShown(props.children);
}
