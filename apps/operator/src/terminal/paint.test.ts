import { describe, expect, it } from 'vitest';
import { paint, showsColours } from './paint.js';

const dyed = (code: number, text: string): string => `\u001B[${code}m${text}\u001B[39m`;

describe('colours', () => {
  it('mark verdicts and errors at the beginnings of lines, and nothing else', () => {
    expect(paint('ok    a  fail is a word\nwarn  b\nfail  c\nokay d\n  ok e')).toBe(
      [
        `${dyed(32, 'ok')}    a  fail is a word`,
        `${dyed(33, 'warn')}  b`,
        `${dyed(31, 'fail')}  c`,
        'okay d',
        '  ok e',
      ].join('\n'),
    );
    expect(paint('surety: NOT_FOUND: no ok')).toBe(`${dyed(31, 'surety: NOT_FOUND')}: no ok`);
    expect(paint('{"ok":true}')).toBe('{"ok":true}');
  });

  it('are for terminals alone, and for those that show them', () => {
    expect(showsColours({})).toBe(false);
    expect(showsColours({ isTTY: false, hasColors: () => true })).toBe(false);
    expect(showsColours({ isTTY: true, hasColors: () => false })).toBe(false);
    expect(showsColours({ isTTY: true, hasColors: () => true })).toBe(true);
  });
});
