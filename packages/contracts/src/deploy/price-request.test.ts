import type { AppError, Unparsed } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { parseUnderlying, problemsOfReadings, problemsOfUnderlying } from './price-request.js';

type Json = Record<string, unknown>;

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const FEED_ID = `0x455448${'00'.repeat(29)}`;
const SLOT = { id: 3, symbol: 'ETH', maxAgeS: 3600, minPrice1e12: '1', maxPrice1e12: '2' };
const CHAINLINK = { kind: 'aggregator', network: 'chainlink', aggregator: addressOf(60), maxAgeS: 3900, maxAheadS: 60 };
const PYTH = { kind: 'pyth', pyth: addressOf(61), feedId: FEED_ID, maxAgeS: 60, maxAheadS: 10, confMaxPpm: 20_000 };
const REDSTONE = {
  kind: 'redstone',
  feedId: FEED_ID,
  signers: [1, 2, 3, 4, 5].map(addressOf),
  threshold: 3,
  decimals: 8,
  maxAgeS: 300,
  confMaxPpm: 20_000,
};

const sourced = (sources: unknown, terms: Json = {}): Json => ({ ...SLOT, sources, ...terms });
const parse = (json: Unparsed): ReturnType<typeof parseUnderlying> => parseUnderlying(json, 'underlyings[0]');
const problemsOf = (json: Json, profile: 'development' | 'production' = 'production'): readonly string[] =>
  problemsOfUnderlying(parse(json), profile);

describe('the sources of a price', () => {
  test('are taken with two or three networks, and with the terms that are given', () => {
    expect(problemsOf(sourced([CHAINLINK, PYTH]))).toEqual([]);
    expect(problemsOf(sourced([CHAINLINK, PYTH, REDSTONE], { spreadMaxPpm: 100_000, gasEach: 70_000 }))).toEqual([]);
    expect(parse(sourced([CHAINLINK], { gasEach: 1 }))).toMatchObject({ id: 3, gasEach: 1, sources: [CHAINLINK] });
  });

  test('may be one in development, as one aggregator by itself may', () => {
    const { kind: _kind, network: _network, maxAgeS: _maxAgeS, ...alone } = CHAINLINK;
    for (const json of [sourced([PYTH]), { ...SLOT, ...alone }]) {
      expect(problemsOf(json, 'development')).toEqual([]);
      expect(problemsOf(json)).toEqual([
        expect.stringMatching(
          /^underlying ETH rests on (pyth|one aggregator) alone; expected sources of at least 2 networks/,
        ),
      ]);
    }
  });

  test('are refused twice of one network, also where a third is of another', () => {
    const push = { ...CHAINLINK, network: 'redstone' };
    expect(problemsOf(sourced([push, REDSTONE, PYTH]))).toEqual([
      'underlying ETH has 3 sources of redstone, pyth; expected each of another network',
    ]);
  });

  test.each<[string, Json[], string]>([
    [
      'an aggregator of another price',
      [sourced([CHAINLINK, PYTH]), sourced([{ ...CHAINLINK, maxAgeS: 60 }], { id: 4, symbol: 'BTC' })],
      `underlying BTC.sources[0] reads aggregator ${addressOf(60)}, as underlying ETH.sources[0] does; expected a feed of its own`,
    ],
    [
      'an id of another price, at whatever contract',
      [sourced([PYTH]), sourced([{ ...PYTH, pyth: addressOf(9) }], { symbol: 'BTC' })],
      `underlying BTC.sources[0] reads feed ${FEED_ID} of pyth, as underlying ETH.sources[0] does`,
    ],
    [
      'packages of another price',
      [sourced([REDSTONE]), sourced([CHAINLINK, REDSTONE], { symbol: 'BTC' })],
      `underlying BTC.sources[1] reads feed ${FEED_ID} of redstone, as underlying ETH.sources[0] does`,
    ],
    [
      'one aggregator under two names',
      [sourced([CHAINLINK, { ...CHAINLINK, network: 'api3', maxAgeS: 3901 }])],
      `underlying ETH.sources[1] reads aggregator ${addressOf(60)}, as underlying ETH.sources[0] does`,
    ],
    [
      'the aggregator of a slot without sources',
      [{ ...SLOT, aggregator: addressOf(60), maxAheadS: 60 }, sourced([CHAINLINK], { symbol: 'BTC' })],
      `underlying BTC.sources[0] reads aggregator ${addressOf(60)}, as underlying ETH does`,
    ],
  ])('are refused with %s', (_name, slots, message) => {
    expect(problemsOfReadings(slots.map(parse))).toEqual([expect.stringContaining(message)]);
  });

  test('of one id may be of two networks, and of one contract of two ids', () => {
    const other = { ...PYTH, feedId: `0x425443${'00'.repeat(29)}` };
    const slots = [sourced([CHAINLINK, PYTH, REDSTONE]), sourced([other], { symbol: 'BTC' })];
    expect(problemsOfReadings(slots.map(parse))).toEqual([]);
  });

  test.each<[string, Json, string]>([
    ['none', sourced([]), 'has 0 sources; expected 1 to 3'],
    ['a spread of 0', sourced([CHAINLINK, PYTH], { spreadMaxPpm: 0 }), 'spreadMaxPpm is 0; expected 1 to 100000'],
    ['a wide spread', sourced([CHAINLINK, PYTH], { spreadMaxPpm: 100_001 }), 'spreadMaxPpm is 100001; expected'],
    ['too much gas', sourced([CHAINLINK, PYTH], { gasEach: 105_001 }), 'gasEach is 105001; expected 1 to 210000'],
    ['no age', sourced([{ ...CHAINLINK, maxAgeS: 0 }, PYTH]), 'sources[0].maxAgeS is 0; expected 1 to'],
    ['a far future', sourced([CHAINLINK, { ...PYTH, maxAheadS: 61 }]), 'sources[1].maxAheadS is 61; expected 0 to 60'],
    ['a confidence', sourced([CHAINLINK, { ...PYTH, confMaxPpm: 999 }]), 'confMaxPpm is 999; expected 1000 to 50000'],
    ['half of the signers', sourced([PYTH, { ...REDSTONE, threshold: 2 }]), 'threshold is 2; expected 3 to 5'],
    [
      'one signer',
      sourced([PYTH, { ...REDSTONE, signers: [addressOf(1)], threshold: 1 }]),
      'redstone threshold is 1; expected at least 2 signers outside development',
    ],
    ['more decimals', sourced([PYTH, { ...REDSTONE, decimals: 19 }]), 'decimals is 19; expected 0 to 18'],
    [
      'eight signers',
      sourced([PYTH, { ...REDSTONE, signers: [1, 2, 3, 4, 5, 6, 7, 8].map(addressOf), threshold: 5 }]),
      'signers is 8; expected 1 to 7',
    ],
    [
      'a signer twice',
      sourced([PYTH, { ...REDSTONE, signers: [1, 2, 2].map(addressOf) }]),
      'sources[1].signers lists an address twice',
    ],
  ])('are refused with %s', (_name, json, message) => {
    expect(problemsOf(json).join()).toContain(message);
  });

  test.each<[string, Json, string, string]>([
    ['no list', sourced({}), 'BAD_PLAN', 'sources is not a list'],
    [
      'another kind',
      sourced([{ ...CHAINLINK, kind: 'band' }]),
      'BAD_PLAN',
      'kind is band; expected aggregator, pyth or redstone',
    ],
    ['a network in capitals', sourced([{ ...CHAINLINK, network: 'Chainlink' }]), 'BAD_PLAN', 'a name in lower case'],
    ['a signer list that is none', sourced([{ ...REDSTONE, signers: 5 }]), 'BAD_PLAN', 'signers is not a list'],
    ['a member of another kind', sourced([{ ...CHAINLINK, feedId: FEED_ID }]), 'UNKNOWN_FIELD', 'feedId'],
    ['both forms', { ...sourced([CHAINLINK]), aggregator: addressOf(60) }, 'UNKNOWN_FIELD', 'aggregator'],
    ['a symbol that is a path', { ...sourced([CHAINLINK]), symbol: '../x' }, 'BAD_PLAN', 'expected a name'],
  ])('are malformed with %s', (_name, json, code, message) => {
    let refusal: AppError | undefined;
    try {
      parse(json);
    } catch (error) {
      refusal = error as AppError;
    }
    expect([refusal?.code, refusal?.message]).toEqual([code, expect.stringContaining(message)]);
  });
});
