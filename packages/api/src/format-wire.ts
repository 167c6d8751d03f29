import type { Hex } from '@surety/domain';

/**
 * The JSON form of a value: every bigint becomes decimal text, brands disappear, and the rest stays. The aggregator
 * answers `Wire<View>`; a client returns `View`.
 */
export type Wire<Value> = Value extends bigint
  ? string
  : Value extends string
    ? UnbrandedText<Value>
    : Value extends number | boolean | null | undefined
      ? Value
      : { [Name in keyof Value]: Wire<Value[Name]> };

type UnbrandedText<Text extends string> = Text extends Hex ? Hex : Text;

/** Returns the JSON form of a value; order of members is kept. */
export function formatWire<Value>(value: Value): Wire<Value> {
  return wireOf(value) as Wire<Value>;
}

function wireOf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(wireOf);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wireOf(member)]));
  }
  return value;
}
