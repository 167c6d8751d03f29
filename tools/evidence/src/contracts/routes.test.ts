import { describe, expect, test } from 'vitest';
import { modules } from './compiled.js';
import { type Route, placeRoutes, routesOf } from './routes.js';

const moduleOf = (factor: number, cells: readonly number[], selector: number): number | undefined =>
  cells[Math.imul(selector, factor) >>> 24];
const routes: readonly Route[] = Array.from({ length: 40 }, (_, at) => ({
  selector: Math.imul(at + 1, 0x9e3779b1) >>> 0,
  module: 1 + (at % 3),
}));

describe('placeRoutes', () => {
  test('finds a factor by which each selector leads to its own module', () => {
    const { factor, cells } = placeRoutes(routes);
    expect(cells).toHaveLength(256);
    expect(routes.map(({ selector }) => moduleOf(factor, cells, selector))).toEqual(routes.map(({ module }) => module));
  });

  test('says so where one selector would have to lead to two modules', () => {
    const twice = [
      { selector: 7, module: 1 },
      { selector: 7, module: 2 },
    ];
    expect(() => placeRoutes(twice, 1_000)).toThrow('keeps the modules of 2 functions apart');
  });
});

test('the table names its modules and routes neither what the core answers itself nor initHash', () => {
  const functions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    CollateralVault: { 'lock()': '00000001' },
    VaultPayments: { 'lock()': '00000001', 'initHash()': '00000002', 'pay()': '12345678' },
  };
  const text = routesOf('CollateralVault', (name) => functions[name] ?? {});
  expect(text).toContain('library VaultRoutes {');
  expect(text).toContain(`uint256 internal constant COUNT = ${modules.CollateralVault.length};`);
  expect(text).toContain('@notice 1: `VaultPayments`, 2: `VaultLosses`');
  const words = [...text.matchAll(/CELLS_\d = 0x([0-9a-f]{64});/g)].map(([, word = '']) => word);
  expect(words).toHaveLength(4);
  expect(words.join('').replaceAll('0', '')).toBe('1');
});
