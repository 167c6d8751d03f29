import type { AssetTerms, MarginSnapshot } from '@surety/workflows';
import { expect, it, vi } from 'vitest';
import { parametersOf } from './parameters-of.js';

it('hashes the parameters of a snapshot once, and those of the next one anew', () => {
  const terms = new Map<number, AssetTerms>();
  const values = vi.spyOn(terms, 'values');
  const snapshot = { terms } as Partial<MarginSnapshot> as MarginSnapshot;
  const first = parametersOf(snapshot);
  expect(parametersOf(snapshot)).toBe(first);
  expect(values).toHaveBeenCalledTimes(1);
  expect(parametersOf({ ...snapshot })).toBe(first);
  expect(values).toHaveBeenCalledTimes(2);
});
