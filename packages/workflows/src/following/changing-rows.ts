/** Rows by key, some of which changed since they were last taken. */
export class ChangingRows<Key, Row> {
  readonly #rows = new Map<Key, Row>();
  readonly #keyOf: (row: Row) => Key;
  #changed = new Set<Key>();

  constructor(keyOf: (row: Row) => Key, rows: readonly Row[] = []) {
    this.#keyOf = keyOf;
    this.hold(rows);
  }

  /** Rows held, in no order. */
  get all(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Rows held, by key. */
  get byKey(): ReadonlyMap<Key, Row> {
    return this.#rows;
  }

  /** Keys of the rows that changed since they were last taken. */
  get changedKeys(): readonly Key[] {
    return [...this.#changed];
  }

  /** Adds rows as stored. */
  hold(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.set(this.#keyOf(row), row);
  }

  /** Sets a row that is to be stored. */
  put(row: Row): void {
    const key = this.#keyOf(row);
    this.#rows.set(key, row);
    this.#changed.add(key);
  }

  /** Removes a row, and its change with it. */
  drop(key: Key): void {
    this.#rows.delete(key);
    this.#changed.delete(key);
  }

  /** Drops all rows; their changes must have been taken before. */
  release(): void {
    this.#rows.clear();
  }

  /** Returns the rows that changed since the last call. */
  takeChanges(): Row[] {
    const changed = [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
    this.#changed = new Set();
    return changed;
  }
}
