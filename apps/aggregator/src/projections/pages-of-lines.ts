import type { Store } from '@surety/store';
import type { LineFact } from '@surety/workflows';

/** Lines read between two turns of the event loop. */
const LINES_PER_PAGE = 500;

/** Reads all lines of a store or a snapshot of it, page by page, ascending by (account, asset). */
export async function* pagesOfLines(
  store: Pick<Store['collateral'], 'loadLinesAfter'>,
): AsyncGenerator<readonly LineFact[]> {
  for (let last: LineFact | undefined; ;) {
    const page: readonly LineFact[] = await store.loadLinesAfter(last, LINES_PER_PAGE);
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (page.length < LINES_PER_PAGE) return;
  }
}
