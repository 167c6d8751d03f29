import { describe, expect, test } from 'vitest';
import { WrongUse, flag, helpOf, number, parseOptions, record, text } from './options.js';

const usage = {
  command: 'npm run walk --',
  about: 'Walks.',
  options: {
    steps: number(10, 'how many', 1),
    from: number(-3, 'where', Number.MIN_SAFE_INTEGER),
    match: text('', 'which'),
    fresh: flag('anew'),
    record,
  },
} as const;
const withWords = { ...usage, words: { name: 'rooms', known: ['cellar', 'attic'], about: 'only these' } } as const;
const messageOf = (...args: readonly string[]): string => {
  try {
    parseOptions(usage, args);
  } catch (error) {
    if (error instanceof WrongUse) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('parseOptions', () => {
  test('gives what is said, and for the rest what it is without', () => {
    expect(parseOptions(usage, ['--steps', '7', '--match=a b', '--from', '-9', '--fresh'])).toEqual({
      chosen: { steps: 7, from: -9, match: 'a b', fresh: true, record: false },
      words: [],
    });
    expect(parseOptions(usage, [])).toEqual({
      chosen: { steps: 10, from: -3, match: '', fresh: false, record: false },
      words: [],
    });
  });

  test('takes the least number itself', () => {
    expect(messageOf('--steps', '1')).toBe('accepted');
  });

  test.each([
    [['--steps', '0'], '--steps: seen 0, expected a whole number from 1;'],
    [['--steps', 'many'], '--steps: seen many, expected a whole number from 1;'],
    [['--steps', '1.5'], '--steps: seen 1.5, expected'],
    [['--steps'], '--steps: seen nothing, expected'],
    [['--from', ''], '--from: seen , expected a whole number;'],
    [['--match'], '--match: seen nothing, expected a text behind it;'],
    [['--fresh=yes'], '--fresh: seen yes, expected no value;'],
    [['--step', '1'], 'options: seen --step, expected --steps, --from, --match, --fresh, --record, --help;'],
    [['-x'], 'options: seen -x, expected --steps'],
    [['steps'], 'options: seen steps, expected --steps'],
  ])('says of %s what was seen, what is expected and where to read on', (args, message) => {
    expect(messageOf(...args)).toContain(message);
    expect(messageOf(...args)).toMatch(/; npm run walk -- --help says more$/);
  });

  test('takes only the words that a tool knows', () => {
    expect(parseOptions(withWords, ['attic', '--steps', '2'])).toMatchObject({ words: ['attic'] });
    expect(() => parseOptions(withWords, ['roof'])).toThrow('rooms: seen roof, expected cellar, attic;');
  });

  test('asks for help by its long and its short name', () => {
    expect(parseOptions(usage, ['--steps', '2', '--help'])).toBe('help');
    expect(parseOptions(usage, ['-h'])).toBe('help');
  });
});

test('the help names each option, its kind and what it is without', () => {
  const lines = helpOf(withWords).split('\n');
  expect(lines[0]).toBe('usage: npm run walk [-- <options> [rooms …]]');
  expect(lines).toContain('  --steps <number>  how many (10)');
  expect(lines).toContain('  --match <text>    which');
  expect(lines).toContain('  --fresh           anew');
  expect(lines).toContain('rooms: only these; cellar, attic');
});
