/** Prints events for people as they happen, one line each, with the seconds since the start. */
export interface Narrator {
  /** A new part of the story. */
  chapter(title: string): void;
  line(text: string): void;
  /** A table: the first row names the columns, numbers stand right. */
  table(rows: readonly (readonly string[])[]): void;
}

/** Builds a narrator that writes whole lines. */
export function createNarrator(write: (line: string) => void, startedMs: number): Narrator {
  const seconds = (): string => `${((Date.now() - startedMs) * 0.001).toFixed(1).padStart(6)} s`;
  return {
    chapter: (title) => {
      write('');
      write(`${seconds()}  ${title.toUpperCase()}`);
    },
    line: (text) => write(`${seconds()}    ${text}`),
    table: (rows) => {
      for (const row of formatTable(rows)) write(`            ${row}`);
    },
  };
}

/** Lines up columns: the first column left, all others right. */
function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
