import { describe, expect, it } from 'vitest';
import { CALL_DOCUMENTS } from './generated/index.js';
import { type Caller, POWERS } from './powers.js';

/** Names of callers in NatSpec. */
const WORDS: readonly (readonly [words: RegExp, caller: Caller])[] = [
  [/\banyone\b/, 'anyone'],
  [/\bgovernor\b/, 'governor'],
  [/\bguardian\b/, 'guardian'],
  [/\bpauser\b/, 'pauser'],
  [/\brisk admin\b/, 'riskAdmin'],
  [/\bowner\b/, 'owner'],
  [/\boperator\b/, 'operator'],
  [/\bprotocol\b/, 'protocol'],
  [/\bauction\b/, 'auction'],
  [/\bitself\b/, 'itself'],
  [/\bcanceller\b/, 'canceller'],
  [/\bholder\b/, 'holder'],
  [/\bthe proposed address\b/, 'successor'],
];

const documents = Object.entries(CALL_DOCUMENTS).flatMap(([contract, functions]) =>
  Object.entries(functions).map(([signature, { callers }]) => ({
    id: `${contract}.${signature}`,
    callers,
    by: POWERS[contract]?.[signature.slice(0, signature.indexOf('('))]?.by ?? [],
  })),
);

describe('the callers that NatSpec names', () => {
  it('are those of the table of powers', () => {
    const named = documents.flatMap(({ id, callers, by }) => {
      if (callers === undefined) return [];
      const read = WORDS.filter(([words]) => words.test(callers)).map(([, caller]) => caller);
      return read.toSorted().join() === [...by].toSorted().join() ? [] : [`${id}: [${callers}], but ${by.join()}`];
    });
    expect(named).toEqual([]);
  });
});
