import { afterEach, expect, it } from 'vitest';
import { composeTerminal } from './compose.js';

const streams = [process.stdout, process.stderr];
const before = streams.map((stream) => stream.listeners('error'));
afterEach(() => {
  for (const [at, stream] of streams.entries()) {
    for (const one of stream.listeners('error')) {
      if (!(before[at] ?? []).includes(one)) stream.removeListener('error', one as () => void);
    }
  }
});

it('goes on where nobody reads what it writes any more, and stops where it cannot write', () => {
  composeTerminal();
  for (const stream of streams) {
    expect(() => stream.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }))).not.toThrow();
    expect(() => stream.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
  }
});
