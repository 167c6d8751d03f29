/** One place where a chain says something else than the configuration. */
export interface Drift {
  /** As in chains.config.json, from the source on. */
  readonly path: string;
  /** Value on chain. */
  readonly seen: string;
  /** Value in the configuration. */
  readonly expected: string;
  readonly part: DriftPart;
}

/** The owner of a difference: one witness by name, the policy for all of them, or the source's assets. */
export type DriftPart = { readonly kind: 'witness'; readonly name: string } | { readonly kind: 'policy' | 'assets' };

/** A part of a source that no chain answered for. */
export interface UnreadPart {
  readonly path: string;
  readonly detail: string;
  readonly part: DriftPart;
}

/** The result of comparing one source: differences, and what could not be compared. Nothing unread counts as equal. */
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
  /** Reads everything again. What does not answer is listed in `unread`; never throws. */
  compare(): Promise<Comparison>;
}
