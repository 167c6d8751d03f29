// Changes of one rule in inline assembly, and the text of a block that holds them all.
import type { Unit } from './solidity-units.js';

const yulExchanges: Readonly<Record<string, string>> = {
  add: 'sub',
  sub: 'add',
  and: 'or',
  or: 'and',
  shl: 'shr',
  shr: 'shl',
  lt: 'gt',
  gt: 'lt',
  eq: 'xor',
};
/** A statement of assembly that stands on one line, in its parts. */
interface Line {
  readonly form: 'call' | 'if' | 'let' | 'set';
  readonly indent: string;
  /** Target of the assignment; '' for a condition or a call. */
  readonly target: string;
  readonly expression: string;
}

function parseLine(line: string): Line | undefined {
  const [, indent = '', condition] = /^(\s*)if (.+?) \{/.exec(line) ?? [];
  if (condition !== undefined) return { form: 'if', indent, target: '', expression: condition };
  for (const [form, pattern] of [
    ['let', /^(\s*)let (\w+) := (.+)$/],
    ['set', /^(\s*)([\w.]+) := (.+)$/],
    ['call', /^(\s*)()(\w+\(.*\))$/],
  ] as const) {
    const [, before = '', target = '', expression] = pattern.exec(line) ?? [];
    if (expression !== undefined) return { form, indent: before, target, expression };
  }
  return undefined;
}

/** Where a line of assembly lies, and what it is. */
export interface YulPlace extends Line {
  readonly at: number;
  readonly length: number;
}

/** A change of one line of assembly; undefined text takes the statement out. */
export interface YulVariant {
  readonly operator: string;
  readonly at: number;
  readonly text: string | undefined;
  readonly yul: YulPlace;
}

/** Returns the variants of an assembly block: those of each statement that stands on one line of its own. */
export function variantsOfAssembly({ start, end }: Unit, masked: string): readonly YulVariant[] {
  const variants: YulVariant[] = [];
  let at = start;
  let depth = 0;
  for (const line of masked.slice(start, end).split('\n')) {
    const parsed = parseLine(line);
    // Neither begun on a line before nor going on behind this one.
    const isWhole = depth === 0 && line.split('(').length === line.split(')').length;
    depth += line.split('(').length - line.split(')').length;
    if (parsed !== undefined && isWhole && !/\b(?:for|switch|function|case)\b/.test(line)) {
      const place = line.indexOf(parsed.expression, parsed.indent.length);
      const yul = { ...parsed, at, length: line.length };
      for (const [operator, text] of changesOf(parsed)) variants.push({ operator, at: at + place, yul, text });
    }
    at += line.length + 1;
  }
  return variants;
}

function changesOf({ form, expression }: Line): readonly (readonly [operator: string, text: string | undefined])[] {
  if (form === 'if') return [['boolean', `iszero(${expression})`]];
  const exchanged = [...expression.matchAll(/\b(?:add|sub|and|or|shl|shr|lt|gt|eq)(?=\()/g)].map(
    ({ index, 0: name }) =>
      ['yul', expression.slice(0, index) + yulExchanges[name] + expression.slice(index + name.length)] as const,
  );
  const raised = [...expression.matchAll(/(?<![\w.])(?:0x[0-9a-f]{1,4}|\d+)(?![\w.])/g)].map(
    ({ index, 0: number }) =>
      [
        'plus one',
        `${expression.slice(0, index)}${Number(number) + 1}${expression.slice(index + number.length)}`,
      ] as const,
  );
  return [['removed statement', undefined], ...exchanged, ...raised];
}

/**
 * Writes an assembly block with its mutants. A pure function may not read the block, so it asks for the living mutant before
 * its assembly; all others read it there, since one more local variable is too many for some.
 */
export function plantAssembly<M extends Pick<YulVariant, 'text' | 'yul'>>(
  text: string,
  unit: Unit,
  group: readonly M[],
  numberOf: (mutant: M) => number,
): string {
  let block = text.slice(unit.start, unit.end);
  const header =
    text
      .slice(0, unit.start)
      .match(/\bfunction [^{;]*/g)
      ?.at(-1) ?? '';
  const isPure = /\bpure\b/.test(header);
  const alive = isPure ? 'alive_' : 'coinbase()';
  const byLine = new Map<number, { readonly yul: YulPlace; readonly mutants: readonly M[] }>();
  for (const mutant of group) {
    const { yul } = mutant;
    byLine.set(yul.at, { yul, mutants: [...(byLine.get(yul.at)?.mutants ?? []), mutant] });
  }
  for (const [at, { yul, mutants }] of [...byLine].sort(([a], [b]) => b - a)) {
    const own = text.slice(at, at + yul.length).trim();
    const numbered = mutants.map((one) => ({ number: numberOf(one), text: one.text }));
    const place = at - unit.start;
    block = block.slice(0, place) + plantLine(own, yul, numbered, alive) + block.slice(place + yul.length);
  }
  return isPure ? `{ uint256 alive_ = _mutant(); ${block} }` : block;
}

/** Writes one line with its mutants. */
function plantLine(
  own: string,
  { form, target, expression }: YulPlace,
  mutants: readonly { readonly number: number; readonly text: string | undefined }[],
  alive: string,
): string {
  const cases = (write: (text: string) => string): string =>
    mutants.map(({ number, text }) => `case ${number} { ${text === undefined ? '' : write(text)} }`).join(' ');
  switch (form) {
    case 'if':
      return own.replace(expression, () => `xor(iszero(iszero(${expression})), eq(${alive}, ${mutants[0]?.number}))`);
    case 'let':
      return `let ${target} switch ${alive} ${cases((value) => `${target} := ${value}`)} default { ${target} := ${expression} }`;
    case 'set':
      return `switch ${alive} ${cases((value) => `${target} := ${value}`)} default { ${own} }`;
    case 'call':
      return `switch ${alive} ${cases((value) => value)} default { ${own} }`;
  }
}
