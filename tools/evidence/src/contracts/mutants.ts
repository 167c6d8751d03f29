// Finds where Solidity can be changed by one rule and writes sources that hold all those changes at once: each is guarded by
// `_mutant() == k`, and `_mutant()` reads the number of the one that is alive from block.coinbase, which a test run sets.
// So a few hundred mutants cost one compilation.
import { createHash } from 'node:crypto';
import { type YulPlace, plantAssembly, variantsOfAssembly } from './assembly-mutants.js';
import { type Unit, listUnits, maskText } from './solidity-units.js';

/** Token changes: a pattern over blanked text, what stands there instead, and the operator's name. */
const exchanges: readonly (readonly [pattern: RegExp, instead: string, operator: string])[] = [
  [/ < /g, ' <= ', 'comparison'],
  [/ <= /g, ' < ', 'comparison'],
  [/ > /g, ' >= ', 'comparison'],
  [/ >= /g, ' > ', 'comparison'],
  [/ == /g, ' != ', 'comparison'],
  [/ != /g, ' == ', 'comparison'],
  [/ && /g, ' || ', 'boolean'],
  [/ \|\| /g, ' && ', 'boolean'],
  [/!(?=[A-Za-z_(])/g, '', 'boolean'],
  [/\btrue\b/g, 'false', 'boolean'],
  [/\bfalse\b/g, 'true', 'boolean'],
  [/ \+ /g, ' - ', 'arithmetic'],
  [/ - /g, ' + ', 'arithmetic'],
  [/ \* /g, ' / ', 'arithmetic'],
  [/ \/ /g, ' * ', 'arithmetic'],
  [/ % /g, ' / ', 'arithmetic'],
  [/ & /g, ' | ', 'bits'],
  [/ \| /g, ' & ', 'bits'],
  [/ << /g, ' >> ', 'bits'],
  [/ >> /g, ' << ', 'bits'],
  [/ \+= /g, ' -= ', 'arithmetic'],
  [/ -= /g, ' += ', 'arithmetic'],
  [/\+\+/g, '--', 'arithmetic'],
];
const literal = /(?<![\w.$])(\d[\d_]*)(?![\w.]| (?:hours|days|minutes|seconds))/g;
const constant = /(?<![\w.])((?:[A-Z]\w*(?:Lib|Codec|Scale|Math|Words)\.)?[A-Z][A-Z0-9]*_?[A-Z0-9_]+)(?![\w.(:])/g;
const dotted = String.raw`[A-Za-z_][\w.]*`;
/** Operators that give the same for two arguments in either order. */
const isCommutative = /\b(?:_min|_max)\($/;

/** One change of one unit; undefined text takes the statement out. */
interface Variant {
  readonly operator: string;
  readonly at: number;
  readonly text: string | undefined;
  readonly yul?: YulPlace;
}

/** Changes of operators and of figures: a place in the unit, how long it is, and what stands there instead. */
type Change = readonly [operator: string, at: number, length: number, instead: string];

function changesOfTokens(blank: string, isLoop: boolean): readonly Change[] {
  // A loop's bound is not turned around: it would never end.
  const exchanged = exchanges
    .filter(([, , operator]) => !isLoop || operator === 'comparison')
    .flatMap(([pattern, instead, operator]) =>
      [...blank.matchAll(pattern)]
        .filter(([found]) => !(isLoop && / [!=]= /.test(found)))
        .map(({ index, 0: found }): Change => [operator, index, found.length, instead]),
    );
  const raised = [...blank.matchAll(literal)]
    .filter(({ index }) => blank[index - 1] !== '[')
    .map(({ index, 0: found }): Change => [
      'plus one',
      index,
      found.length,
      String(BigInt(found.replaceAll('_', '')) + 1n),
    ]);
  const constants = [...blank.matchAll(constant)].map(({ index, 0: found }): Change => [
    'constant',
    index,
    found.length,
    `(${found} + 1)`,
  ]);
  return [...exchanged, ...raised, ...constants];
}

/** Exchanges the keys of a mapping of mappings, and neighbours among arguments. */
function changesOfOrder(blank: string): readonly Change[] {
  const keys = [...blank.matchAll(new RegExp(String.raw`\[(${dotted})\]\[(${dotted})\]`, 'g'))].map(
    ({ index, 0: found, 1: a, 2: b }): Change => ['mapping key', index, found.length, `[${b}][${a}]`],
  );
  const swapped = [...blank.matchAll(new RegExp(String.raw`(?<=[(,] ?)(${dotted}), (${dotted})(?=[,)])`, 'g'))]
    .filter(({ index, 1: a, 2: b }) => a !== b && !isCommutative.test(blank.slice(0, index)))
    .map(({ index, 0: found, 1: a, 2: b }): Change => ['swapped', index, found.length, `${b}, ${a}`]);
  return [...keys, ...swapped];
}

/** Returns the variants of one unit's text. */
function variantsOf(unit: Unit, text: string, masked: string): readonly Variant[] {
  if (unit.sort === 'assembly') return variantsOfAssembly(unit, masked);
  const own = text.slice(unit.start, unit.end);
  const blank = masked.slice(unit.start, unit.end);
  const changes = [...changesOfTokens(blank, unit.loop === true), ...changesOfOrder(blank)];
  const variants: Variant[] = changes.map(([operator, at, length, instead]) => ({
    operator,
    at: unit.start + at,
    text: own.slice(0, at) + instead + own.slice(at + length),
  }));
  const put = (operator: string, instead: string | undefined): void =>
    void variants.push({ operator, at: unit.start, text: instead });
  if (unit.sort === 'condition' && unit.loop !== true) {
    put(unit.reverts === true ? 'removed revert' : 'never', 'false');
    if (unit.reverts !== true) put('always', 'true');
  }
  if (unit.sort === 'statement') put('removed statement', undefined);
  if (unit.sort === 'guard') put('removed modifier', 'msg.sender');
  return variants;
}

/** One change of one rule. */
export interface Mutant {
  /** Stays as long as its surroundings do. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  readonly unit: Unit;
  /** Text in the unit's place; undefined takes the statement out. */
  readonly text: string | undefined;
  /** Of assembly: its line. */
  readonly yul: YulPlace | undefined;
  readonly before: string;
  readonly after: string;
}

/** Lists the mutants of one source, each with a name that stays as long as its surroundings do. */
export function listMutants(file: string, text: string): readonly Mutant[] {
  const masked = maskText(text);
  const seen = new Map<string, number>();
  return listUnits(masked).flatMap((unit) =>
    variantsOf(unit, text, masked).map((variant) => {
      const line = text.slice(0, variant.at).split('\n').length;
      const { yul } = variant;
      const before = (yul ? text.slice(yul.at, yul.at + yul.length) : text.slice(unit.start, unit.end))
        .trim()
        .replaceAll(/\s+/g, ' ');
      const after = variant.text === undefined ? '(removed)' : variant.text.replaceAll(/\s+/g, ' ');
      const key = `${file} ${variant.operator} ${before} ${after}`;
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      const name = createHash('sha256').update(`${key} ${times}`).digest('hex').slice(0, 10);
      return { name, file, line, operator: variant.operator, unit, text: variant.text, yul, before, after };
    }),
  );
}

/** Writes a source with some of its mutants in it; `numberOf` gives the number that brings one to life. */
export function plantMutants(text: string, mutants: readonly Mutant[], numberOf: (mutant: Mutant) => number): string {
  const byUnit = new Map<number, { readonly unit: Unit; readonly group: readonly Mutant[] }>();
  for (const mutant of mutants) {
    const { unit } = mutant;
    byUnit.set(unit.start, { unit, group: [...(byUnit.get(unit.start)?.group ?? []), mutant] });
  }
  let planted = text;
  for (const { unit, group } of [...byUnit.values()].sort((a, b) => b.unit.start - a.unit.start)) {
    const [start, end, instead] = plantUnit(text, unit, group, numberOf);
    planted = planted.slice(0, start) + instead + planted.slice(end);
  }
  return planted.replace(/^(pragma solidity [^;]+;)/m, '$1 import {_mutant} from "@surety/contracts/Mutant.sol";');
}

/** Returns the text of one unit with its mutants, and the place where it stands. */
function plantUnit(
  text: string,
  unit: Unit,
  group: readonly Mutant[],
  numberOf: (mutant: Mutant) => number,
): readonly [start: number, end: number, instead: string] {
  const own = text.slice(unit.start, unit.end);
  const alive = (mutant: Mutant): string => `_mutant() == ${numberOf(mutant)}`;
  switch (unit.sort) {
    case 'assembly': {
      const placed = group.flatMap((one) => (one.yul === undefined ? [] : [{ ...one, yul: one.yul, mutant: one }]));
      return [unit.start, unit.end, plantAssembly(text, unit, placed, ({ mutant }) => numberOf(mutant))];
    }
    case 'return': {
      const returns = group.map((one) => `if (${alive(one)}) return ${one.text}; `).join('');
      return [unit.whole ?? unit.start, unit.end + 1, `{ ${returns}return ${own}; }`];
    }
    case 'statement': {
      const statements = group.map(
        (one) => `if (${alive(one)}) { ${one.text === undefined ? '' : `${one.text};`} } else `,
      );
      return [unit.start, unit.end + 1, `{ ${statements.join('')}{ ${own}; } }`];
    }
    case 'condition':
    case 'guard':
    case 'value': {
      const value = group.reduceRight((rest, mutant) => `${alive(mutant)} ? (${mutant.text}) : ${rest}`, `(${own})`);
      return [unit.start, unit.end, value];
    }
  }
}

/** The source that says which mutant is alive. The cast lets pure functions ask: the answer never changes within a run. */
export const mutantSource = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

function _mutantOfBlock() view returns (uint256) {
    return uint160(address(block.coinbase));
}

function _mutant() pure returns (uint256) {
    function() view returns (uint256) reads = _mutantOfBlock;
    function() pure returns (uint256) asks;
    assembly ("memory-safe") {
        asks := reads
    }
    return asks();
}
`;
