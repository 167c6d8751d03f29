import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Violations that axe finds, one line for each rule with the places. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  // Over the debugger, which the page's policy does not bind.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Pixels by which a page is wider than its window. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
}

/** Presses Tab through the whole page, and returns what it missed and where the focus could not be seen. */
export async function walkByKeyboard(
  page: Page,
): Promise<{ readonly missed: readonly string[]; readonly unseen: readonly string[] }> {
  const marked = await page.evaluate<string[]>(`(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')];
    // Of a group of radio buttons Tab reaches the chosen one, and arrows the others.
    const seen = all.filter((one) => !one.disabled && one.checkVisibility() && (one.type !== 'radio' || one.checked));
    document.activeElement?.blur();
    return seen.map((one, at) => ((one.dataset.walked = String(at)), one.outerHTML.slice(0, 120)));
  })()`);
  const reached = new Set<number>();
  const unseen: string[] = [];
  for (let press = 0; press <= marked.length; press++) {
    await page.keyboard.press('Tab');
    const { at, outline } = await page.evaluate<{ at: number; outline: number }>(`(() => {
      const one = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return { at: Number(one.dataset.walked ?? -1), outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth) };
    })()`);
    if (at < 0) continue;
    reached.add(at);
    if (outline < 2) unseen.push(marked[at] ?? '');
  }
  return { missed: marked.filter((_, at) => !reached.has(at)), unseen };
}

/** Reads the integers of an account's margin and of its what-if, a row for each grade. Both stand on one answer of the aggregator. */
export async function readTables(
  page: Page,
): Promise<{ readonly margin: readonly string[][]; readonly weighed: readonly string[][] }> {
  const [margin = [], weighed = []] = await page.evaluate<
    string[][][]
  >(`['Margin by grade', 'What if, by grade'].map((label) =>
    [...document.querySelectorAll('[aria-label="' + label + '"] tbody tr')].map((row) =>
      [...row.querySelectorAll('data')].map((one) => one.value)))`);
  return { margin, weighed };
}
