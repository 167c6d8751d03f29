import { expect, test } from 'vitest';
import { formatWire } from './format-wire.js';
import { readAs } from './read-as.js';
import { type WitnessesAnswer, witnessesAnswer } from './witnesses.js';

const configuration = {
  state: 'drifted' as const,
  comparedAtMs: 1_700_000_000_000,
  drift: [{ path: 'policy.m at the ledger', seen: '1', expected: '2' }],
};
const unread: WitnessesAnswer['edges'][number]['witnesses'][number] = {
  witness: 'wormhole',
  kind: 'wormhole',
  slot: 1,
  health: 'unknown',
  head: null,
  confirmed: null,
  lag: null,
  feeWei: null,
  configuration: { state: 'unknown', comparedAtMs: null, drift: [] },
};
const answer: WitnessesAnswer = {
  edges: [
    {
      edge: `0x${'ab'.repeat(32)}` as WitnessesAnswer['edges'][number]['edge'],
      direction: 'to-vault',
      source: 2,
      chain: 'beta',
      originChainId: 900,
      destinationChainId: 902,
      count: 2n ** 64n - 1n,
      m: null,
      alive: 0,
      fastShareBp: null,
      fast: [{ assetId: 3, symbol: 'USDC', units: null }],
      witnesses: [
        unread,
        {
          ...unread,
          health: 'behind',
          head: { count: 5n, time: 1_700_000_000n, block: 9n },
          confirmed: 5n,
          lag: { entries: 2n, seconds: 61n },
          feeWei: 10n ** 15n,
        },
      ],
      configuration,
    },
  ],
};
const wire = (): Record<string, unknown> => JSON.parse(JSON.stringify(formatWire(answer))) as Record<string, unknown>;

test('reads what an aggregator writes of witnesses, unknown parts too', () => {
  expect(readAs(witnessesAnswer, wire(), 'answer')).toEqual({ kind: 'fits', value: answer });
});

test.each([
  [
    'a state that is none',
    (edge: Record<string, unknown>) => (edge['configuration'] = { ...configuration, state: 'fine' }),
  ],
  ['a count below 0', (edge: Record<string, unknown>) => (edge['count'] = '-5')],
  ['no witnesses', (edge: Record<string, unknown>) => delete edge['witnesses']],
])('refuses %s', (_name, spoil) => {
  const body = wire();
  spoil((body['edges'] as Record<string, unknown>[])[0] ?? {});
  expect(readAs(witnessesAnswer, body, 'answer')).toMatchObject({ kind: 'misfit' });
});
