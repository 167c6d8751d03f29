import { describe, expect, it } from 'vitest';
import { escapeUnseen, oneLine } from './plain-text.js';

/** A zero-width space, a soft hyphen, a word joiner, a Mongolian separator, a tag letter, a filler, and turns of direction. */
const UNSEEN = ['\u200b', '\u00ad', '\u2060', '\u180e', '\u{e0041}', '\u3164', '\u202e', '\u2066', '\u2028', '\ufeff'];

describe('text of strangers', () => {
  it('is one line, whatever it holds', () => {
    expect(oneLine('a\nok  all is well\r\tb\u001b[2J\u0085')).toBe(
      'a\\u000aok  all is well\\u000d\\u0009b\\u001b[2J\\u0085',
    );
    expect(UNSEEN.filter((character) => !/^[ -~]+$/.test(oneLine(character)))).toEqual([]);
    expect(oneLine('Zürich 東京 έ ✓ 🙂')).toBe('Zürich 東京 έ ✓ 🙂');
  });

  it('is clipped, also where its escapes make it long', () => {
    expect(oneLine('x'.repeat(200))).toBe('x'.repeat(200));
    expect(oneLine('x'.repeat(100_000))).toBe(`${'x'.repeat(199)}…`);
    expect(oneLine('\u0000'.repeat(200))).toHaveLength(200);
    expect(oneLine('x'.repeat(300), 500)).toHaveLength(300);
  });

  it('keeps its value in JSON, and the characters that are to be kept', () => {
    const value = { text: `\\${UNSEEN.join('')}\u009b"\n` };
    const written = escapeUnseen(JSON.stringify(value));
    expect(written).toMatch(/^[ -~]+$/);
    expect(JSON.parse(written)).toEqual(value);
    expect(escapeUnseen('a\n\u200b', (character) => character === '\n')).toBe('a\n\\u200b');
  });
});
