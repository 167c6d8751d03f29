import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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
  });

  it('refuses a story that it does not know, and names those that it does', async () => {
    const { code, stderr } = await demo('--story', 'moon');
    expect(code).toBe(2);
    expect(stderr).toContain('--story is "moon"; expected one of margin, crash, bad-debt');
    expect(stderr).toContain('usage: npm run demo');
  });
});
