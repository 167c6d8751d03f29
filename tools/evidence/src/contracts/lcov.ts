// What forge's coverage says, row by row, and which rows that no test runs are argued.

/** A line of a source, or one arm of a branch on it. */
export interface Row {
  readonly file: string;
  readonly line: number;
  /** '' for the line itself; of a branch, 0 is the condition met and 1 not met. */
  readonly arm: string;
  readonly text: string;
  readonly hits: number;
}

/** Measured coverage of one source. */
export interface Measured {
  readonly file: string;
  readonly lines: readonly Row[];
  readonly branches: readonly Row[];
}

/** Reason for which no test runs a row. */
export interface Argument {
  readonly source: string;
  readonly text: string;
  readonly arm?: string;
  readonly reason: string;
}

/** A row that no test runs; without a reason it is not argued. */
export type Missed = Row & { readonly reason: string | undefined };

/** Reads lcov. `pathOf` gives a source's path from the package, undefined where it is not measured. */
export function readLcov(
  lcov: string,
  pathOf: (named: string) => string | undefined,
  readText: (file: string) => string,
): readonly Measured[] {
  return lcov
    .split('end_of_record')
    .flatMap((part) => {
      const named = /^SF:(.+)$/m.exec(part)?.[1];
      const file = named === undefined ? undefined : pathOf(named);
      if (file === undefined) return [];
      const source = readText(file).split('\n');
      const row = (line: string, arm: string, hits: string): Row => ({
        file,
        line: Number(line),
        arm,
        text: source[Number(line) - 1]?.trim() ?? '',
        hits: hits === '-' ? 0 : Number(hits),
      });
      const lines = [...part.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line = '', hits = '']) => row(line, '', hits));
      const branches = [...part.matchAll(/^BRDA:(\d+),\d+,(\d+),(\S+)/gm)].map(([, line = '', arm = '', hits = '']) =>
        row(line, arm, hits),
      );
      return [{ file, lines, branches }];
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Returns rows that no test runs their reasons, and what is left of the arguments: each is for one row of its source, text and arm. */
export function argue(
  rows: readonly Row[],
  argued: readonly Argument[],
): { readonly missed: readonly Missed[]; readonly left: readonly Argument[] } {
  const left = [...argued];
  const missed = rows
    .filter(({ hits }) => hits === 0)
    .map((row) => {
      const place = left.findIndex(
        ({ source, text, arm = '' }) => source === row.file && text === row.text && arm === row.arm,
      );
      return { ...row, reason: place < 0 ? undefined : left.splice(place, 1)[0]?.reason };
    });
  return { missed, left };
}
