// Finds the statements and conditions of Solidity that one rule can be changed in. Pure text: no syntax tree, only brackets,
// comments and statements.

/** Blanks comments and strings, so that places stay and only code is found. */
export function maskText(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g, (found) =>
    found.replaceAll(/[^\n]/g, ' '),
  );
}

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Returns the place of the bracket that closes the one at `open`. */
function closeOf(masked: string, open: number): number {
  const stack: string[] = [];
  for (let at = open; at < masked.length; ++at) {
    const letter = masked.charAt(at);
    const closer = closers[letter];
    if (closer !== undefined) stack.push(closer);
    else if (letter === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return at;
    }
  }
  throw new Error(`nothing closes the bracket at ${open}`);
}

/** Returns the place of the next `wanted` letter outside all brackets. */
function findFlat(masked: string, from: number, wanted: string): number {
  for (let at = from; at < masked.length; ++at) {
    if (masked[at] === wanted) return at;
    if (closers[masked.charAt(at)] !== undefined) at = closeOf(masked, at);
  }
  return masked.length;
}

const skipSpace = (masked: string, at: number): number => at + (/^\s*/.exec(masked.slice(at))?.[0].length ?? 0);

const isDeclaration = /^[A-Za-z_][\w.]*(?:\[\w*\])*(?:\s+(?:memory|storage|calldata))?\s+[A-Za-z_]\w*\s*(=|$)/;
const isTupleDeclaration = /^\([^)]*\b(?:u?int\d*|address|bool|bytes\d*|memory|storage|calldata)\b/;
const withoutMutants = new Set(['emit', 'revert', 'continue', 'break', '_']);

/** A place that mutants may change. */
export interface Unit {
  readonly sort: 'assembly' | 'condition' | 'guard' | 'return' | 'statement' | 'value';
  readonly start: number;
  readonly end: number;
  /** Of a condition: whether what hangs on it reverts, and whether it ends a loop. */
  readonly reverts?: boolean;
  readonly loop?: boolean;
  /** Of a return: where its statement begins. */
  readonly whole?: number;
}

/** Lists the places of a source, given its masked text. */
export const listUnits = (masked: string): readonly Unit[] => new UnitFinder(masked).find();

/** Walks the statements of a source and collects every place that mutants may change. */
class UnitFinder {
  readonly #units: Unit[] = [];
  readonly #masked: string;
  #storageAnswers: readonly string[] = [];

  constructor(masked: string) {
    this.#masked = masked;
  }

  find(): readonly Unit[] {
    const masked = this.#masked;
    for (const found of masked.matchAll(/\b(function\s+\w+|modifier\s+\w+|constructor|receive|fallback)\s*[({]/g)) {
      const from = found.index + found[0].length - 1;
      const brace = findFlat(masked, from, '{');
      if (findFlat(masked, from, ';') < brace || brace >= masked.length) continue;
      const header = masked.slice(found.index, brace);
      if (found[0].startsWith('function')) this.#readGuards(found.index, header);
      this.#storageAnswers = [...header.matchAll(/ storage (\w+)/g)].map(([, name = '']) => name);
      this.#readBlock(brace);
    }
    return this.#units;
  }

  #add(sort: Unit['sort'], start: number, end: number, more: Partial<Unit> = {}): void {
    this.#units.push({ sort, start, end, ...more });
  }

  #readGuards(at: number, header: string): void {
    for (const guard of header.matchAll(/\bonlyRole\(([^)]*)\)/g)) {
      const start = at + guard.index + 'onlyRole('.length;
      this.#add('guard', start, start + (guard[1]?.length ?? 0));
    }
  }

  #readBlock(open: number): number {
    const close = closeOf(this.#masked, open);
    let at = skipSpace(this.#masked, open + 1);
    while (at < close) at = skipSpace(this.#masked, this.#readStatement(at));
    return close + 1;
  }

  /** Reads one statement and gives the place behind it. */
  #readStatement(from: number): number {
    const masked = this.#masked;
    const at = skipSpace(masked, from);
    if (masked[at] === '{') return this.#readBlock(at);
    const word = /^\w*/.exec(masked.slice(at))?.[0] ?? '';
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

  /** Returns the place of the block behind a try; braces right behind a name hold the options of a call. */
  #bodyOf(at: number): number {
    let open = findFlat(this.#masked, at, '{');
    while (/\S/.test(this.#masked.charAt(open - 1)))
      open = findFlat(this.#masked, closeOf(this.#masked, open) + 1, '{');
    return open;
  }

  #readCondition(at: number, isIf: boolean): number {
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

  #readLoop(at: number): number {
    const masked = this.#masked;
    const open = masked.indexOf('(', at);
    const first = findFlat(masked, open + 1, ';');
    const second = findFlat(masked, first + 1, ';');
    if (masked.slice(first + 1, second).trim() !== '')
      this.#add('condition', skipSpace(masked, first + 1), second, { loop: true });
    return this.#readStatement(closeOf(masked, open) + 1);
  }

  #readSimple(at: number, end: number, word: string): void {
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
