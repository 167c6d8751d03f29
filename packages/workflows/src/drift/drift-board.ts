import type { ComparedSource, Comparison, Drift, DriftPart, UnreadPart } from '../ports/drift.js';

/** `unknown`: never compared, or a chain did not respond. */
export type DriftState = 'same' | 'drifted' | 'unknown';

/** A source's or witness's state compared with the configuration. */
export interface DriftStanding {
  readonly state: DriftState;
  /** Known differences; one that cannot be read any more stays. */
  readonly drift: readonly Drift[];
  /** Time of the last complete comparison, in milliseconds; null if there was none. */
  readonly comparedAtMs: number | null;
}

/** Trouble that a working process reports. */
export interface DriftReason {
  readonly code: 'WITNESS_DRIFT' | 'WITNESS_UNKNOWN';
  readonly detail: string;
}

interface Kept {
  readonly of: ComparedSource;
  drift: readonly Drift[];
  unread: readonly UnreadPart[];
  /** By part; a part that is missing was never compared. */
  readonly comparedAtMs: Map<string, number>;
}

/** Stores the latest comparisons of sources with the configuration. */
export class DriftBoard {
  readonly #kept: ReadonlyMap<number, Kept>;
  #comparisons = 0;

  constructor(sources: readonly ComparedSource[]) {
    this.#kept = new Map(
      sources.map((of) => [of.source, { of, drift: [], unread: [], comparedAtMs: new Map<string, number>() }]),
    );
  }

  /** Number of comparisons so far. The board changes only when this number does. */
  get comparisons(): number {
    return this.#comparisons;
  }

  /** Adds a comparison and returns the differences that are new. Unread parts keep their differences. */
  tell(source: number, { drift, unread }: Comparison, nowMs: number): readonly Drift[] {
    const kept = this.#kept.get(source);
    if (kept === undefined)
      throw new TypeError(`source ${source} is not on the board; expected one of the configuration`);
    this.#comparisons++;
    const silent = new Set(unread.map(({ part }) => keyOf(part)));
    const before = new Map(kept.drift.map((one) => [one.path, one.seen]));
    const found = new Set(drift.map(({ path }) => path));
    const stays = kept.drift.filter(({ path, part }) => silent.has(keyOf(part)) && !found.has(path));
    kept.drift = [...drift, ...stays];
    kept.unread = unread;
    for (const part of partsOf(kept.of)) if (!silent.has(keyOf(part))) kept.comparedAtMs.set(keyOf(part), nowMs);
    return drift.filter(({ path, seen }) => before.get(path) !== seen);
  }

  /** State of a source and all its parts; unknown for a source that is not configured. */
  ofSource(source: number): DriftStanding {
    const kept = this.#kept.get(source);
    return kept === undefined ? NEVER : standing(kept, partsOf(kept.of));
  }

  /** State of one witness, independent of the rest of its source. */
  ofWitness(source: number, name: string): DriftStanding {
    const kept = this.#kept.get(source);
    return kept === undefined ? NEVER : standing(kept, [{ kind: 'witness', name }]);
  }

  /** State of the policy for all witnesses: slots, confirmations, caps and shares. */
  ofPolicy(source: number): DriftStanding {
    const kept = this.#kept.get(source);
    return kept === undefined ? NEVER : standing(kept, [{ kind: 'policy' }]);
  }

  /** Names each difference, and each part that has not been compared, by source. */
  reasons(): DriftReason[] {
    return [...this.#kept.values()].flatMap(({ of, drift, unread }): DriftReason[] => {
      const where = `source ${of.source} (${of.name})`;
      const [first] = drift;
      const [silent] = unread;
      const own: DriftReason[] = [];
      if (first !== undefined) {
        const more = drift.length === 1 ? '' : ` and ${drift.length - 1} more`;
        const detail = `${where}: ${first.path}: seen ${first.seen}; expected ${first.expected}${more}; see surety config diff`;
        own.push({ code: 'WITNESS_DRIFT', detail });
      }
      if (silent !== undefined)
        own.push({
          code: 'WITNESS_UNKNOWN',
          detail: `${where}: ${silent.path} could not be compared: ${silent.detail}`,
        });
      return own;
    });
  }
}

const NEVER: DriftStanding = { state: 'unknown', drift: [], comparedAtMs: null };

function standing({ drift, unread, comparedAtMs }: Kept, parts: readonly DriftPart[]): DriftStanding {
  const keys = new Set(parts.map(keyOf));
  const own = drift.filter(({ part }) => keys.has(keyOf(part)));
  const times = [...keys].map((key) => comparedAtMs.get(key) ?? null);
  const oldest = times.includes(null) ? null : Math.min(...(times as number[]));
  const isUnread = oldest === null || unread.some(({ part }) => keys.has(keyOf(part)));
  return { state: own.length > 0 ? 'drifted' : isUnread ? 'unknown' : 'same', drift: own, comparedAtMs: oldest };
}

function partsOf({ witnesses }: ComparedSource): DriftPart[] {
  return [{ kind: 'policy' }, { kind: 'assets' }, ...witnesses.map((name): DriftPart => ({ kind: 'witness', name }))];
}

function keyOf(part: DriftPart): string {
  return part.kind === 'witness' ? `witness ${part.name}` : part.kind;
}
