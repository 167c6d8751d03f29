import type { Bytes32 } from '@surety/domain';
import type { EdgeBook } from './edge-book.js';
import type { KnownEdge } from './known-edge.js';

/** The edge of a statement's name. */
export type NamedEdge =
  | { readonly kind: 'present'; readonly known: KnownEdge }
  /** The replica was rewound and no longer accepts statements under this name. */
  | { readonly kind: 'former'; readonly known: KnownEdge; readonly present: Bytes32 };

/** The present and former names of every edge. */
export class EdgeNames {
  readonly #edges = new Map<Bytes32, NamedEdge>();

  /** Number of present names. */
  get size(): number {
    return [...this.#edges.values()].filter(({ kind }) => kind === 'present').length;
  }

  /** Looks up a name. */
  of(name: Bytes32): NamedEdge | undefined {
    return this.#edges.get(name);
  }

  /** Adds or updates the names of an edge. */
  keep({ known, name: present, formerNames }: EdgeBook): void {
    for (const former of formerNames) this.#edges.set(former, { kind: 'former', known, present });
    this.#edges.set(present, { kind: 'present', known });
  }
}
