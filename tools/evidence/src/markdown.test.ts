import { expect, test } from 'vitest';
import { table, thousands } from './markdown.js';

test('a table has its figures at the right', () => {
  expect(table(['act', 'times'], [['lock', 7]], [1])).toBe('| act | times |\n| --- | ---: |\n| lock | 7 |');
});

test('a number has its thousands apart and no fraction', () => {
  expect(thousands(1_234_567.8)).toBe('1,234,568');
});
