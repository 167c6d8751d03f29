/** Writes a number with its thousands apart. */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A table of Markdown. The columns that `right` names by place stand at the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (number | string)[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly (number | string)[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, place) => (right.includes(place) ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
