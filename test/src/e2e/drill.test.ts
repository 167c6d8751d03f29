import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { runSurety } from './run-surety.js';

const DRILL = fileURLToPath(new URL('../../../packages/devnet/dist/drill.js', import.meta.url));

/** Starts a drill; `onLine` gets what it says to people. Returns its exit code and its last line. */
async function runDrill(
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<{ code: number; last: string }> {
  const child = spawn(process.execPath, [DRILL, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  createInterface({ input: child.stderr }).on('line', onLine);
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? -1)));
  return { code, last: output.trimEnd().split('\n').at(-1) ?? '' };
}

test('a drill tells a task, hands over an environment, and ends by itself once its page was followed', async () => {
  const answers: Promise<unknown>[] = [];
  let isOver = false;
  const { code, last } = await runDrill(['quiet-relayer', '--json'], (line) => {
    const file = /begin, elsewhere +\. (\S+)$/u.exec(line)?.[1];
    if (file === undefined) return;
    const exported = [...readFileSync(file, 'utf8').matchAll(/^export (\w+)='(.*)'$/gmu)];
    const environment = Object.fromEntries(exported.map(([, name = '', value = '']) => [name, value]));
    const key = { SURETY_KEY: environment['BOB_KEY'] ?? '' };
    const relay = fromRunbook('01', 'npx surety relay --chain <name> --direction to-ledger', { '<name>': 'alpha' });
    // What was locked last is not attested yet.
    const again = async (): Promise<unknown> => {
      const { output } = await runSurety([...relay, '--yes'], { ...environment, ...key });
      const { edges = [] } = output as { edges?: readonly { applied: string }[] };
      return isOver || edges.some(({ applied }) => BigInt(applied) > 0n) ? output : again();
    };
    answers.push(again());
  });
  isOver = true;
  expect(await Promise.all(answers)).toHaveLength(1);
  expect(code).toBe(0);
  expect(JSON.parse(last)).toMatchObject({ ok: true, drill: 'quiet-relayer', page: expect.stringMatching(/\/01-/) });
});

test('names the drills, and refuses another', async () => {
  const listed = await runDrill(['--json'], () => undefined);
  const { drills } = JSON.parse(listed.last) as { drills: readonly { name: string; page: string }[] };
  expect([listed.code, drills.map(({ name }) => name)]).toEqual([0, expect.arrayContaining(['quiet-relayer'])]);
  let said = '';
  const { code } = await runDrill(['flood'], (line) => (said += line));
  expect([code, said]).toEqual([2, expect.stringMatching(/drill is "flood"; expected one of quiet-relayer, .*usage:/)]);
});
