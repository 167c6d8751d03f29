/** One value on chain that differs from the configuration. */
export interface Drift {
  /** Path as in chains.config.json, starting below the source. */
  readonly path: string;
  /** Value on chain. */
  readonly seen: string;
  /** Value in the configuration. */
  readonly expected: string;
  readonly part: DriftPart;
}

/** The owner of a difference: one witness by name, the policy for all of them, or the source's assets. */
export type DriftPart = { readonly kind: 'witness'; readonly name: string } | { readonly kind: 'policy' | 'assets' };

/** A part of a source that no chain responded for. */
export interface UnreadPart {
  readonly path: string;
  readonly detail: string;
  readonly part: DriftPart;
}

/** The result of comparing one source: its differences, and the unread parts, which do not count as equal. */
export interface Comparison {
  readonly drift: readonly Drift[];
  readonly unread: readonly UnreadPart[];
}

/** One source with its witnesses, as the configuration names them. */
export interface ComparedSource {
  readonly source: number;
  /** Name of the vault's chain. */
  readonly name: string;
  readonly witnesses: readonly string[];
}

/** Compares one source on its chains with the configuration. Implemented by `@surety/bridges`. */
export interface SourceComparer extends ComparedSource {
  /** Reads everything again. Parts that cannot be read are listed in `unread`; never throws. */
  compare(): Promise<Comparison>;
}
