import type { Address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { PLACES, type Place } from '../acts/act-spec.js';
import { ACTS } from '../acts/act-table.js';
import { operatorError } from '../errors.js';
import type { ActStep } from './migration.js';

/** Further fields of an act's step. */
export type StepWords = Pick<ActStep, 'title' | 'target' | 'isDone'> &
  Partial<Pick<ActStep, 'afterAll' | 'as' | 'beside' | 'callNow' | 'isRepeatable' | 'next'>> & { readonly at: Address };

/** Makes a step of an act of the table. @throws MIGRATION_REFUSED if the table has no such act. */
export function actStep(place: Place, call: string, args: readonly unknown[], words: StepWords): ActStep {
  const spec = ACTS.find((one) => one.place === place && one.call === call);
  if (spec === undefined) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `${place}.${call} is no act of this build; expected one of surety ${place} --help`,
    );
  }
  const { at, ...rest } = words;
  const data = encodeFunctionData({ abi: PLACES[place].abi, functionName: call, args: [...args] });
  return { kind: 'act', spec, call: { to: at, data }, ...rest };
}

/** Describes how a value differs from the expected one; empty if it does not. */
export function differing(what: string, seen: unknown, expected: unknown): string[] {
  const [left, right] = [String(seen).toLowerCase(), String(expected).toLowerCase()];
  return left === right ? [] : [`${what} is ${left}; expected ${right}`];
}
