/** Numbered lists, ascending, which several sources serve page by page. */
export interface PagedLists<Hints, Item> {
  /** Sources, one per poll in turn. */
  readonly hints: readonly Hints[];
  /** Returns items above `after`: a page, or the rest. */
  readonly readPage: (hints: Hints, after: bigint, signal?: AbortSignal) => Promise<readonly Item[]>;
  readonly numberOf: (item: Item) => bigint;
  /** Items of a full page; a shorter one is the last. */
  readonly pageSize: number;
  /** Most pages per poll. */
  readonly pagesMax: number;
}

/**
 * Creates the poll of such lists. Each call reads the next source, from the end of the pages that it last read there,
 * and from the start after the last page. Items behind very many others are found a poll or two later.
 */
export function pageInTurn<Hints, Item>(
  lists: PagedLists<Hints, Item>,
): (signal?: AbortSignal) => Promise<readonly Item[]> {
  const { hints, readPage, numberOf, pageSize, pagesMax } = lists;
  const cursors: bigint[] = [];
  let looks = 0;
  return async (signal) => {
    const turn = looks++ % Math.max(1, hints.length);
    const asked = hints[turn];
    if (asked === undefined) return [];
    const found: Item[] = [];
    let after = cursors[turn] ?? 0n;
    for (let page = 0; page < pagesMax; page++) {
      const items = (await readPage(asked, after, signal)).slice(0, pageSize);
      found.push(...items);
      const last = items.at(-1);
      after = last === undefined || items.length < pageSize ? 0n : numberOf(last);
      if (after === 0n) break;
    }
    cursors[turn] = after;
    return found;
  };
}
