import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WAITING_BYTES_MAX } from './bound-waiting.js';
import { createLogger } from './create-logger.js';

const LINES = 20_000;
const detail = 'x'.repeat(500);

/** Returns the events' names and fields of what a stream gives. */
function linesOf(text: string, format: string): string[] {
  const lines = text.trimEnd().split('\n');
  if (format === 'text') return lines.map((line) => line.split(' ').slice(3).join(' '));
  return lines.map((line) => {
    const { msg, at, lines: count } = JSON.parse(line) as { msg: string; at?: number; lines?: number };
    return `${msg} ${at ?? `lines=${count}`}`;
  });
}

describe('a log whose reader stands still', () => {
  it.each(['json', 'text'] as const)('keeps a bounded number of bytes, and counts the others: %s', async (format) => {
    const destination = new PassThrough({ highWaterMark: 1_024 });
    const logger = createLogger({ service: 'test', level: 'error', format, destination });
    const write = (at: number): void => logger.write({ name: 'line', level: 'error', fields: { at, detail } });
    for (let at = 0; at < LINES; at++) write(at);
    expect(destination.writableLength).toBeGreaterThanOrEqual(WAITING_BYTES_MAX);
    expect(destination.writableLength).toBeLessThan(WAITING_BYTES_MAX + 2_000);
    let read = '';
    destination.on('data', (chunk: Buffer) => (read += chunk.toString()));
    await once(destination, 'drain');
    write(LINES);
    await setImmediate();
    const seen = linesOf(read, format);
    const kept = seen.length - 2;
    expect(seen.at(-2)).toContain(`log-lines-dropped lines=${LINES - kept}`);
    expect(seen.at(-1)).toContain('line');
    expect(kept).toBeGreaterThan(WAITING_BYTES_MAX / 1_000);
  });

  it('writes all lines to a reader that takes them', async () => {
    const destination = new PassThrough();
    const logger = createLogger({ service: 'test', level: 'info', format: 'json', destination });
    destination.resume();
    let seen = 0;
    destination.on('data', (chunk: Buffer) => (seen += chunk.toString().trimEnd().split('\n').length));
    for (let at = 0; at < LINES; at++) {
      logger.write({ name: 'line', level: 'info', fields: { at, detail } });
      if (destination.writableNeedDrain) await setImmediate();
    }
    await setImmediate();
    expect(seen).toBe(LINES);
  });
});
