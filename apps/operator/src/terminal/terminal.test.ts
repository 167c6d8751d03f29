import { describe, expect, it } from 'vitest';
import { type Terminal, writeResult } from './terminal.js';

/** What a provider or an aggregator may say: ends of lines, orders to a terminal, turns of direction, and what nobody sees. */
const STRANGE = 'no\nok  all checks passed\u001b[2J\u009b31m\u202e\u200b\u{e0041}';

function written(json: boolean): string {
  const told: string[] = [];
  const terminal = { write: (text: string) => void told.push(text) } as unknown as Terminal;
  writeResult(terminal, { json }, { said: STRANGE, units: 5n }, () => ['first', `said: ${STRANGE}`, 'last']);
  return told.join('');
}

describe('a result with a stranger’s text', () => {
  it('has the lines of the command, and no other', () => {
    const text = written(false);
    expect(text).toMatch(/^[ -~\n]+$/);
    expect(text.split('\n')).toEqual(['first', expect.stringMatching(/^said: no\\u000aok/), 'last', '']);
  });

  it('keeps its value in JSON, and leaves nothing there that a terminal would obey', () => {
    const text = written(true);
    expect(text).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(text)).toEqual({ said: STRANGE, units: '5' });
  });
});
