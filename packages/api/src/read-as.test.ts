import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as api from './index.js';
import { exactly, list, record, text, u64, uintText } from './values.js';

const WORD = `0x${'AB'.repeat(32)}`;

function misfit(schema: api.AnySchema, value: unknown): unknown {
  const reading = api.readAs(schema, value, 'answer');
  return reading.kind === 'misfit' ? reading.misfit : reading;
}

describe('a value that does not fit is refused', () => {
  it.each<[string, api.AnySchema, unknown, Partial<api.Misfit>]>([
    ['that is missing', record({ a: text }), {}, { path: 'answer.a', seen: undefined, code: 'OUT_OF_RANGE' }],
    ['of another type', text, 5, { path: 'answer', seen: 5, expected: 'text' }],
    ['in no object', record({}), [], { expected: 'an object', code: 'MISSING_FIELD' }],
    ['in no list', list(text), { 0: 'a' }, { expected: 'a list', code: 'MISSING_FIELD' }],
    ['in an item', list(record({ a: text })), [{ a: 'b' }, { a: null }], { path: 'answer[1].a', seen: null }],
    ['that is no hex', api.word, '0x12', { seen: '0x12', expected: '0x and 64 hex digits', code: 'BAD_HEX' }],
    ['of another length', api.bytesOf('a key', 2), '0x12', { expected: 'a key of 2 bytes: 0x and 4 hex digits' }],
    ['of odd digits', api.bytes, '0x123', { expected: '0x and an even number of hex digits' }],
    [
      'that is no word of some',
      api.oneOf(['up', 'down']),
      'left',
      { expected: 'one of up, down', code: 'UNKNOWN_KIND' },
    ],
    ['that is no count', api.natural, -1, { expected: 'an integer of at least 0', code: 'OUT_OF_RANGE' }],
    ['past the width of an id', api.u16, 65_536, { expected: 'an integer from 0 to 2^16 - 1' }],
    ['that is no integer', api.integer, 1.5, { expected: 'an integer' }],
    ['that is neither true nor false', api.flag, 'true', { expected: 'true or false' }],
    ['in too short a list', list(text).min(1), [], { seen: 0, expected: 'at least 1', code: 'BAD_LENGTH' }],
    ['in too long a list', list(text).max(1), ['a', 'b'], { seen: 2, expected: 'at most 1', code: 'TOO_MANY' }],
    [
      'that nobody asked for in a request',
      exactly({ a: exactly({ b: text }) }),
      { a: { b: '', c: 1 } },
      { path: 'answer.a.c', expected: 'an object with the members b', code: 'UNKNOWN_FIELD' },
    ],
    ['of no kind of outcome', api.outcomeView, { kind: 'lost' }, { path: 'answer.kind', code: 'UNKNOWN_KIND' }],
  ])('%s', (_name, schema, value, expected) => {
    expect(misfit(schema, value)).toMatchObject(expected);
  });

  it.each([null, 5, '', '-1', '+1', '01', '0x1', '1.0', ' 1', '1e3', '18446744073709551616', '9'.repeat(400)])(
    'that is no amount of 64 bits: %s',
    (value) => {
      const expected = 'a decimal integer from 0 to 2^64 - 1';
      expect(misfit(u64, value)).toMatchObject({ seen: value, expected, code: 'OUT_OF_RANGE' });
    },
  );

  it('at the first place of many', () => {
    const items = Array.from({ length: 100_000 }, () => ({}));
    const counted = { item: 0 };
    const item = z.custom(() => ((counted.item += 1), false));
    expect(misfit(list(item), items)).toMatchObject({ path: 'answer[0]' });
    // Once by the compiled parser, once by the one that tells why.
    expect(counted.item).toBeLessThanOrEqual(2);
    expect(misfit(api.edgesAnswer, { edges: items })).toMatchObject({ path: 'answer.edges[0].edge' });
  });
});

describe('a value that fits', () => {
  it('is exact up to its width, and a bigint', () => {
    for (const bits of [16, 64, 80, 96, 128, 256, 276]) {
      const last = (1n << BigInt(bits)) - 1n;
      expect(api.readAs(uintText(bits), last.toString(), 'answer')).toEqual({ kind: 'fits', value: last });
      expect(misfit(uintText(bits), (last + 1n).toString())).toMatchObject({ code: 'OUT_OF_RANGE' });
    }
  });

  it('has lower-case hex, and of an answer only the members that were asked for', () => {
    const reading = api.readAs(record({ edge: api.word }), { edge: WORD, later: 1 }, 'answer');
    expect(reading).toEqual({ kind: 'fits', value: { edge: WORD.toLowerCase() } });
  });
});

const schemas = Object.entries(api).flatMap(([name, value]) =>
  value instanceof z.ZodType ? [[name, value] as const] : [],
);

describe('each schema', () => {
  it.each(schemas)('%s is compiled whole, so that reads stay fast', (_name, schema) => {
    expect(() => z.compile(schema, { strict: true })).not.toThrow();
  });

  it('bounds the decimals of a token as the token does', () => {
    const decimals = schemas.flatMap(([, schema]) => {
      const described = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
      return [...described.matchAll(/"decimals":(\{[^}]*\})/g)].map(([, bounds]) => JSON.parse(bounds ?? '') as object);
    });
    expect(decimals.length).toBeGreaterThan(6);
    expect(decimals.filter((bounds) => !('maximum' in bounds) || bounds.maximum !== 255)).toEqual([]);
  });

  it('fits its own example', () => {
    const examples = schemas.flatMap(([name, schema]) => {
      const { example } = schema.meta() ?? {};
      return example === undefined ? [] : [[name, api.readAs(schema, example, 'example').kind]];
    });
    expect(examples.length).toBeGreaterThan(8);
    expect(examples.filter(([, kind]) => kind !== 'fits')).toEqual([]);
  });
});

describe('a description', () => {
  it('shows amounts as text with their example, and named schemas as components', () => {
    const { schema, components } = api.describeSchema(api.parkedAnswer);
    expect(schema).toEqual({ $ref: '#/components/schemas/ParkedCredits' });
    expect(components['ParkedCredits']).toMatchObject({
      properties: { parked: { type: 'array', items: { $ref: '#/components/schemas/ParkedCredit' } } },
    });
    const { properties } = components['ParkedCredit'] ?? {};
    const amount = { type: 'string', format: 'uint128', pattern: '^(?:0|[1-9][0-9]{0,38})$', example: '1000' };
    expect(properties).toMatchObject({ amount });
  });
});
