// Finds where Solidity can be changed by one rule and writes sources that hold all those changes at once: each is guarded by
// `_mutant() == k`, and `_mutant()` reads the number of the one that is alive from block.coinbase, which a test run sets.
// So a few hundred mutants cost one compilation. Pure text: no syntax tree, only brackets, comments and statements.
import { createHash } from 'node:crypto';

/** Blanks comments and strings, so that places stay and only code is found. */
export function maskText(text) {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g, (found) =>
    found.replaceAll(/[^\n]/g, ' '),
  );
}

const closers = { '(': ')', '[': ']', '{': '}' };

/** Gives the place of the bracket that closes the one at `open`. */
function closeOf(masked, open) {
  const stack = [];
  for (let at = open; at < masked.length; ++at) {
    const letter = masked[at];
    if (closers[letter]) stack.push(closers[letter]);
    else if (letter === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return at;
    }
  }
  throw new Error(`nothing closes the bracket at ${open}`);
}

/** Gives the place of the next `wanted` letter outside all brackets. */
function findFlat(masked, from, wanted) {
  for (let at = from; at < masked.length; ++at) {
    if (masked[at] === wanted) return at;
    if (closers[masked[at]]) at = closeOf(masked, at);
  }
  return masked.length;
}

const skipSpace = (masked, at) => at + /^\s*/.exec(masked.slice(at))[0].length;

const isDeclaration = /^[A-Za-z_][\w.]*(?:\[\w*\])*(?:\s+(?:memory|storage|calldata))?\s+[A-Za-z_]\w*\s*(=|$)/;
const isTupleDeclaration = /^\([^)]*\b(?:u?int\d*|address|bool|bytes\d*|memory|storage|calldata)\b/;
const withoutMutants = new Set(['emit', 'revert', 'continue', 'break', '_']);

/** Walks the statements of a source and collects every place that mutants may change. */
class UnitFinder {
  units = [];
  #masked;
  #storageAnswers = [];

  constructor(text) {
    this.#masked = maskText(text);
  }

  find() {
    const masked = this.#masked;
    for (const found of masked.matchAll(/\b(function\s+\w+|modifier\s+\w+|constructor|receive|fallback)\s*[({]/g)) {
      const from = found.index + found[0].length - 1;
      const brace = findFlat(masked, from, '{');
      if (findFlat(masked, from, ';') < brace || brace >= masked.length) continue;
      const header = masked.slice(found.index, brace);
      if (found[0].startsWith('function')) this.#readGuards(found.index, header);
      this.#storageAnswers = [...header.matchAll(/ storage (\w+)/g)].map(([, name]) => name);
      this.#readBlock(brace);
    }
    return this.units;
  }

  #add(sort, start, end, more = {}) {
    this.units.push({ sort, start, end, ...more });
  }

  #readGuards(at, header) {
    for (const guard of header.matchAll(/\bonlyRole\(([^)]*)\)/g)) {
      const start = at + guard.index + 'onlyRole('.length;
      this.#add('guard', start, start + guard[1].length);
    }
  }

  #readBlock(open) {
    const close = closeOf(this.#masked, open);
    let at = skipSpace(this.#masked, open + 1);
    while (at < close) at = skipSpace(this.#masked, this.#readStatement(at));
    return close + 1;
  }

  /** Reads one statement and gives the place behind it. */
  #readStatement(from) {
    const masked = this.#masked;
    const at = skipSpace(masked, from);
    if (masked[at] === '{') return this.#readBlock(at);
    const word = /^\w*/.exec(masked.slice(at))[0];
    if (word === 'unchecked') return this.#readBlock(masked.indexOf('{', at));
    if (word === 'assembly') {
      const end = closeOf(masked, masked.indexOf('{', at)) + 1;
      this.#add('assembly', at, end);
      return end;
    }
    if (word === 'if' || word === 'while') return this.#readCondition(at, word === 'if');
    if (word === 'for') return this.#readLoop(at);
    if (word === 'try' || word === 'catch') return this.#readBlock(this.#bodyOf(at));
    const end = findFlat(masked, at, ';');
    this.#readSimple(at, end, word);
    return end + 1;
  }

  /** Gives the place of the block behind a try; braces right behind a name hold the options of a call. */
  #bodyOf(at) {
    let open = findFlat(this.#masked, at, '{');
    while (/\S/.test(this.#masked[open - 1])) open = findFlat(this.#masked, closeOf(this.#masked, open) + 1, '{');
    return open;
  }

  #readCondition(at, isIf) {
    const masked = this.#masked;
    const open = masked.indexOf('(', at);
    const close = closeOf(masked, open);
    const reverts = /^\s*(\{\s*)?revert\b/.test(masked.slice(close + 1));
    // A loop that goes on while something holds is left alone: it would never end.
    if (isIf) this.#add('condition', open + 1, close, { reverts });
    const end = this.#readStatement(close + 1);
    const otherwise = skipSpace(masked, end);
    return isIf && /^else\b/.test(masked.slice(otherwise)) ? this.#readStatement(otherwise + 4) : end;
  }

  #readLoop(at) {
    const masked = this.#masked;
    const open = masked.indexOf('(', at);
    const first = findFlat(masked, open + 1, ';');
    const second = findFlat(masked, first + 1, ';');
    if (masked.slice(first + 1, second).trim() !== '')
      this.#add('condition', skipSpace(masked, first + 1), second, { loop: true });
    return this.#readStatement(closeOf(masked, open) + 1);
  }

  #readSimple(at, end, word) {
    const body = this.#masked.slice(at, end);
    // A storage pointer that a function answers must be set on every path.
    if (this.#storageAnswers.includes(word) || withoutMutants.has(word)) return;
    if (word === 'return') {
      if (body.length > 7) this.#add('return', skipSpace(this.#masked, at + 6), end, { whole: at });
      return;
    }
    if ((word === '' && body[0] !== '(') || isTupleDeclaration.test(body)) return;
    const declared = isDeclaration.exec(body);
    if (!declared || word === 'delete') this.#add('statement', at, end);
    else if (declared[1] === '=') this.#add('value', skipSpace(this.#masked, at + declared[0].length), end);
  }
}

/** Token changes: a pattern over blanked text, what stands there instead, and the operator's name. */
const exchanges = [
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
const path = String.raw`[A-Za-z_][\w.]*`;
/** What gives the same for two arguments in either order. */
const isCommutative = /\b(?:_min|_max)\($/;

const yulExchanges = {
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
const yulForms = [
  ['if', /^(\s*)if (.+?) \{/],
  ['let', /^(\s*)let (\w+) := (.+)$/],
  ['set', /^(\s*)([\w.]+) := (.+)$/],
  ['call', /^(\s*)(\w+\(.*\))$/],
];

/** Gives the variants of an assembly block: those of each statement that stands on one line of its own. */
function variantsOfAssembly(unit, text, masked) {
  const variants = [];
  let at = unit.start;
  let depth = 0;
  for (const line of masked.slice(unit.start, unit.end).split('\n')) {
    const [form, match] =
      yulForms.map(([name, pattern]) => [name, pattern.exec(line)]).find(([, found]) => found) ?? [];
    // Neither begun on a line before nor going on behind this one.
    const isWhole = depth === 0 && line.split('(').length === line.split(')').length;
    depth += line.split('(').length - line.split(')').length;
    if (match && isWhole && !/\b(?:for|switch|function|case)\b/.test(line)) {
      const expression = match.at(form === 'if' ? 2 : -1);
      const place = line.indexOf(expression, match[1].length);
      const put = (operator, changed) =>
        variants.push({ operator, at: at + place, yul: { at, length: line.length, form, match }, text: changed });
      if (form === 'if') put('boolean', `iszero(${expression})`);
      else {
        put('removed statement', undefined);
        for (const { index, 0: name } of expression.matchAll(/\b(?:add|sub|and|or|shl|shr|lt|gt|eq)(?=\()/g))
          put('yul', expression.slice(0, index) + yulExchanges[name] + expression.slice(index + name.length));
        for (const { index, 0: number } of expression.matchAll(/(?<![\w.])(?:0x[0-9a-f]{1,4}|\d+)(?![\w.])/g))
          put(
            'plus one',
            `${expression.slice(0, index)}${Number(number) + 1}${expression.slice(index + number.length)}`,
          );
      }
    }
    at += line.length + 1;
  }
  return variants;
}

/**
 * Writes an assembly block with its mutants. A pure function may not read the block, so it asks for the living mutant before
 * its assembly; all others read it there, since one more local variable is too many for some.
 */
function plantAssembly(text, unit, group, numberOf) {
  let block = text.slice(unit.start, unit.end);
  const header =
    text
      .slice(0, unit.start)
      .match(/\bfunction [^{;]*/g)
      ?.at(-1) ?? '';
  const isPure = /\bpure\b/.test(header);
  const alive = isPure ? 'alive_' : 'coinbase()';
  const byLine = new Map();
  for (const mutant of group) byLine.set(mutant.yul.at, [...(byLine.get(mutant.yul.at) ?? []), mutant]);
  for (const [at, mutants] of [...byLine].sort(([a], [b]) => b - a)) {
    const { length, form, match } = mutants[0].yul;
    const own = text.slice(at, at + length).trim();
    const cases = (write) =>
      mutants.map((one) => `case ${numberOf(one)} { ${one.text === undefined ? '' : write(one.text)} }`).join(' ');
    const writes = {
      if: () => own.replace(match[2], () => `xor(iszero(iszero(${match[2]})), eq(${alive}, ${numberOf(mutants[0])}))`),
      let: () =>
        `let ${match[2]} switch ${alive} ${cases((value) => `${match[2]} := ${value}`)} default { ${match[2]} := ${match[3]} }`,
      set: () => `switch ${alive} ${cases((value) => `${match[2]} := ${value}`)} default { ${own} }`,
      call: () => `switch ${alive} ${cases((value) => value)} default { ${own} }`,
    };
    const place = at - unit.start;
    block = block.slice(0, place) + writes[form]() + block.slice(place + length);
  }
  return isPure ? `{ uint256 alive_ = _mutant(); ${block} }` : block;
}

/** Gives the variants of one unit's text. */
function variantsOf(unit, text, masked) {
  if (unit.sort === 'assembly') return variantsOfAssembly(unit, text, masked);
  const own = text.slice(unit.start, unit.end);
  const blank = masked.slice(unit.start, unit.end);
  const variants = [];
  const put = (operator, at, length, instead) =>
    variants.push({ operator, at: unit.start + at, text: own.slice(0, at) + instead + own.slice(at + length) });
  for (const [pattern, instead, operator] of exchanges) {
    // A loop's bound is not turned around: it would never end.
    if (unit.loop && operator !== 'comparison') continue;
    for (const { index, 0: found } of blank.matchAll(pattern)) {
      if (!(unit.loop && / [!=]= /.test(found))) put(operator, index, found.length, instead);
    }
  }
  for (const { index, 0: found } of blank.matchAll(literal)) {
    if (blank[index - 1] !== '[') put('plus one', index, found.length, String(BigInt(found.replaceAll('_', '')) + 1n));
  }
  for (const { index, 0: found } of blank.matchAll(constant)) put('constant', index, found.length, `(${found} + 1)`);
  for (const { index, 0: found } of blank.matchAll(new RegExp(String.raw`\[(${path})\]\[(${path})\]`, 'g'))) {
    const [, a, b] = new RegExp(String.raw`\[(${path})\]\[(${path})\]`).exec(found);
    put('mapping key', index, found.length, `[${b}][${a}]`);
  }
  for (const { index, 1: key } of blank.matchAll(new RegExp(String.raw`(?<=\w)\[(${path})\]`, 'g')))
    put('mapping key', index, key.length + 2, `[${key} ^ _one]`);
  for (const { index, 0: found } of blank.matchAll(
    new RegExp(String.raw`(?<=[(,] ?)(${path}), (${path})(?=[,)])`, 'g'),
  )) {
    const [a, b] = found.split(', ');
    if (a !== b && !isCommutative.test(blank.slice(0, index))) put('swapped', index, found.length, `${b}, ${a}`);
  }
  if (unit.sort === 'condition' && !unit.loop) {
    variants.push({ operator: unit.reverts ? 'removed revert' : 'never', at: unit.start, text: 'false' });
    if (!unit.reverts) variants.push({ operator: 'always', at: unit.start, text: 'true' });
  }
  if (unit.sort === 'statement') variants.push({ operator: 'removed statement', at: unit.start, text: undefined });
  if (unit.sort === 'guard') variants.push({ operator: 'removed modifier', at: unit.start, text: 'msg.sender' });
  return variants.filter((one) => !one.text?.includes('_one'));
}

/** Lists the mutants of one source, each with a name that stays as long as its surroundings do. */
export function listMutants(file, text) {
  const masked = maskText(text);
  const seen = new Map();
  return new UnitFinder(text).find().flatMap((unit) =>
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
export function plantMutants(text, mutants, numberOf) {
  const byUnit = new Map();
  for (const mutant of mutants) {
    const key = `${mutant.unit.start}`;
    byUnit.set(key, [...(byUnit.get(key) ?? []), mutant]);
  }
  const groups = [...byUnit.values()].sort((a, b) => b[0].unit.start - a[0].unit.start);
  let planted = text;
  for (const group of groups) {
    const { unit } = group[0];
    if (unit.sort === 'assembly') {
      planted = planted.slice(0, unit.start) + plantAssembly(text, unit, group, numberOf) + planted.slice(unit.end);
      continue;
    }
    const own = text.slice(unit.start, unit.end);
    const alive = (mutant) => `_mutant() == ${numberOf(mutant)}`;
    const value = group.reduceRight((rest, mutant) => `${alive(mutant)} ? (${mutant.text}) : ${rest}`, `(${own})`);
    const [start, end, instead] =
      unit.sort === 'return'
        ? [
            unit.whole,
            unit.end + 1,
            `{ ${group.map((one) => `if (${alive(one)}) return ${one.text}; `).join('')}return ${own}; }`,
          ]
        : unit.sort === 'statement'
          ? [
              unit.start,
              unit.end + 1,
              `{ ${group.map((one) => `if (${alive(one)}) { ${one.text === undefined ? '' : `${one.text};`} } else `).join('')}{ ${own}; } }`,
            ]
          : [unit.start, unit.end, value];
    planted = planted.slice(0, start) + instead + planted.slice(end);
  }
  return planted.replace(/^(pragma solidity [^;]+;)/m, '$1 import {_mutant} from "@surety/contracts/Mutant.sol";');
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
