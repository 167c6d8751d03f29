import { describe, expect, test } from 'vitest';
import { applyMutant, listMutants } from './mutants.js';

const changesOf = (text: string): readonly string[] =>
  listMutants('a.ts', text).map((mutant) => `${mutant.operator}: ${applyMutant(text, mutant)}`);

describe('listMutants', () => {
  test('moves a boundary and turns a comparison round', () => {
    expect(changesOf('const a = b < c;')).toEqual(['boundary: const a = b <= c;', 'condition: const a = b >= c;']);
  });

  test.each([
    ['const a = b + c;', 'arithmetic: const a = b - c;'],
    ['const a = b === c;', 'condition: const a = b !== c;'],
    ['const a = b && c;', 'logic: const a = b || c;'],
    ['const a = 2n;', 'constant: const a = 3n;'],
    ['const a = 1_000;', 'constant: const a = 1001;'],
    ['const a = true;', 'constant: const a = false;'],
    ['const a = -b;', 'sign: const a = b;'],
    ['const a = mulDivDown(b, c);', 'rounding: const a = mulDivUp(b, c);'],
    ["const a = round(b, 'floor');", "rounding: const a = round(b, 'ceil');"],
    ['pay(b);', 'statement: ;'],
  ])('changes %s', (text, expected) => {
    expect(changesOf(text)).toEqual([expected]);
  });

  test('turns a condition round and leaves out what hangs on it', () => {
    expect(changesOf('if (isOpen) pay(b);')).toEqual([
      'statement: ;',
      'condition: if (!(isOpen)) pay(b);',
      'statement: if (isOpen) ;',
    ]);
  });

  test('leaves types, imports and messages of errors alone', () => {
    expect(changesOf("import { a } from './a.js';\ntype B = 1 | 2;\nthrow marginError('X', `${a + 1}`);")).toEqual([]);
  });

  test('names a mutant by what stands there, not by its line, and twins apart', () => {
    const [first, second] = listMutants('a.ts', 'const a = b + c;\nconst a = b + c;');
    const [moved] = listMutants('a.ts', '\n\nconst a = b + c;');
    expect(moved?.name).toBe(first?.name);
    expect(second?.name).not.toBe(first?.name);
    expect(moved?.line).toBe(3);
    expect(listMutants('b.ts', 'const a = b + c;')[0]?.name).not.toBe(first?.name);
  });
});
