import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noiseOf } from './noise-of.js';
import { runSurety } from './run-surety.js';

const DEMO = fileURLToPath(new URL('../../../packages/devnet/dist/demo.js', import.meta.url));

interface Told {
  readonly code: number | null;
  readonly stdout: string;
  /** Where --json sends what the story tells. */
  readonly stderr: string;
}

function demo(...args: readonly string[]): Promise<Told> {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Tells a story to its end and returns what it reports. */
async function reportOf(story: string): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await demo('--story', story, '--json');
  expect({ code, told: code === 0 ? '' : stderr }).toEqual({ code: 0, told: '' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

describe('the demo', () => {
  it('tells how collateral becomes margin, and how it is taken out', async () => {
    expect(await reportOf('margin')).toMatchObject({ ok: true, story: 'margin', margin: { onChainEqualsHttp: true } });
  });

  it('tells the beginning alone, and leaves out what is not needed for it', async () => {
    const report = await reportOf('quick');
    expect(report).toMatchObject({ ok: true, story: 'quick', margin: { onChainEqualsHttp: true } });
    expect(report['locks']).toHaveLength(2);
    const both = await demo('--quick', '--story', 'crash');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--quick is a story of its own')]);
  });

  it('tells how a crash sells collateral on two chains', async () => {
    expect(await reportOf('crash')).toMatchObject({
      ok: true,
      auction: { lossWad: '0' },
      onChainEqualsHttp: true,
      release: { paid: true },
    });
  });

  it('tells who bears a bad debt, and how it is paid later', async () => {
    const report = await reportOf('bad-debt');
    const { loss, receivable } = report as Record<'loss' | 'receivable', Record<string, string>>;
    expect(report['ok']).toBe(true);
    expect(BigInt(loss['lenders'] ?? 0)).toBeGreaterThan(0n);
    expect(BigInt(receivable['paidByLaterLock'] ?? 0)).toBeGreaterThan(0n);
    expect(receivable['left']).toBe('0');
    expect(BigInt(receivable['booked'] ?? 0) - BigInt(report['collected'] as string)).toBeLessThanOrEqual(2n);
  });

  it('leaves a line behind that is well, if it is kept, and nothing once it is interrupted', async () => {
    const child = spawn(process.execPath, [DEMO, '--keep', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    onTestFinished(() => void child.kill('SIGKILL'));
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
    const report = await Promise.race([
      new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve)),
      closed.then((code) => `ended with ${code}: ${told}`),
    ]);
    expect(JSON.parse(report)).toMatchObject({ ok: true, witnesses: { forged: null, other: 'live' } });
    const file = /command line +\. (\S+)/u.exec(told)?.[1] ?? '';
    const variables = [...readFileSync(file, 'utf8').matchAll(/^export (\w+)='(.*)'$/gmu)];
    const environment = Object.fromEntries(variables.map(([, name = '', value = '']) => [name, value]));
    const answers = await Promise.all(['status', 'doctor'].map((command) => runSurety([command], environment)));
    for (const { code, refusal, output } of answers)
      expect({ code, refusal }, `it answered ${JSON.stringify(output)}`).toEqual({ code: 0 });
    // The story deleted the aggregator’s database. What the rebuild met is expected, and nothing to wake an operator for.
    const log = readFileSync(path.join(path.dirname(file), 'logs', 'aggregator-1.log'), 'utf8');
    expect(noiseOf(log.slice(log.lastIndexOf('"msg":"listening"')).replace(/^.*\n/u, ''))).toEqual([]);
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(existsSync(path.dirname(file))).toBe(false);
  });

  it('refuses a story that it does not know, and names those that it does', async () => {
    const { code, stderr } = await demo('--story', 'moon');
    expect(code).toBe(2);
    expect(stderr).toContain('--story is "moon"; expected one of margin, quick, crash, bad-debt');
    expect(stderr).toContain('usage: npm run demo');
  });
});
