import { afterEach, expect, it, vi } from 'vitest';
import { composeTerminal } from './compose.js';
import { writeResult } from './terminal/terminal.js';

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
  const { unread } = composeTerminal();
  const closed = Object.assign(new Error('closed'), { code: 'EPIPE' });
  process.stderr.emit('error', closed);
  expect(unread.aborted).toBe(false);
  process.stdout.emit('error', closed);
  expect(unread.aborted).toBe(true);
  for (const stream of streams) {
    expect(() => stream.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }))).not.toThrow();
    expect(() => stream.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
  }
});

it('lets no text from elsewhere command the terminal', () => {
  const [output, told] = streams.map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  const terminal = composeTerminal();
  terminal.tell('the contract says "\u001b[2Jpaid"');
  writeResult(terminal, {}, {}, () => ['a\u001b[1A', 'b']);
  const written = [told?.mock.calls[0]?.[0], output?.mock.calls[0]?.[0]];
  vi.restoreAllMocks();
  expect(written).toEqual(['the contract says "\\u001b[2Jpaid"\n', 'a\\u001b[1A\nb\n']);
});

it('tells a question that nobody can answer, and takes it for a no', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const usual = process.stdin.isTTY;
  process.stdin.isTTY = false;
  const answer = await composeTerminal().confirm('Relay alpha → settlement?');
  process.stdin.isTTY = usual;
  const written = told.mock.calls.map(([text]) => text);
  vi.restoreAllMocks();
  expect([answer, written]).toEqual([false, ['Relay alpha → settlement? There is no terminal to answer at.\n']]);
});

it('ends an act through its signal at the first interruption, and leaves the second one to the process', async () => {
  const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
  const usual = listeners();
  const seen = await composeTerminal().untilInterrupted(async (interrupted) => {
    const [heard, calm] = [listeners(), interrupted.aborted];
    process.listeners('SIGINT').at(-1)?.('SIGINT');
    return { heard: heard - usual, calm, aborted: interrupted.aborted, left: listeners() - usual };
  });
  expect(seen).toEqual({ heard: 2, calm: false, aborted: true, left: 0 });
  await expect(composeTerminal().untilInterrupted(() => Promise.reject(new Error('refused')))).rejects.toThrow(
    'refused',
  );
  expect(listeners()).toBe(usual);
});
