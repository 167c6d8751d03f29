import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ProcessSpec, startProcess } from './running-process.js';
import { waitUntil } from './wait-until.js';

const directory = mkdtempSync(path.join(tmpdir(), 'surety-process-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A Node process that runs a line of code. */
function spec(code: string, changes: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'sample',
    command: process.execPath,
    args: ['-e', code],
    env: {},
    logFile: path.join(directory, 'sample.log'),
    announcedBy: (line) => /^ready (.+)$/.exec(line)?.[1],
    readyWithinMs: 20_000,
    ...changes,
  };
}

const STAYS = "console.log('ready here'); setInterval(() => undefined, 1000);";

/** Whether a process with this pid exists. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a process is refused', () => {
  test.each([
    [
      'that ends before it is ready',
      spec("console.log('a clue'); process.exit(3);"),
      /ended with exit code 3.*a clue/s,
    ],
    ['that cannot be started', spec('', { command: path.join(directory, 'nothing') }), /could not be started/],
    [
      'that announces nothing in time',
      spec('setInterval(() => undefined, 1000)', { readyWithinMs: 50 }),
      /announced nothing within 50 ms/,
    ],
  ])('%s, with its last lines', async (_what, started, message) => {
    await expect(startProcess(started)).rejects.toMatchObject({
      code: 'PROCESS_NOT_READY',
      message: expect.stringMatching(message),
    });
  });
});

test('a process announces itself, keeps a log, and is gone when it was stopped', async () => {
  const running = await startProcess(spec(STAYS));
  expect(running.announced).toBe('here');
  expect(running.alive()).toBe(true);
  await running.stop();
  await running.stop();
  expect(exists(running.pid)).toBe(false);
  expect(readFileSync(running.logFile, 'utf8')).toContain('ready here');
});

test('a process that will not end is ended all the same when it is killed', async () => {
  const running = await startProcess(spec(`process.on('SIGTERM', () => undefined); ${STAYS}`));
  await running.kill();
  expect(running.alive()).toBe(false);
  expect(exists(running.pid)).toBe(false);
});

test('waiting ends with what was waited for and the last error', async () => {
  const wait = { what: 'the tide', withinMs: 5, everyMs: 1, probe: () => Promise.reject(new Error('no sea')) };
  await expect(waitUntil(wait)).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: 'the tide did not come about within 5 ms (last error: no sea)',
  });
});
