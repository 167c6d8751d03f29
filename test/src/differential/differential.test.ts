import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TwoWorlds } from './two-worlds.js';
import { walk } from './walk.js';

const steps = Number(process.env['SURETY_DIFFERENTIAL_STEPS'] ?? 10_000);
const seed = Number(process.env['SURETY_DIFFERENTIAL_SEED'] ?? 4);
const out = process.env['SURETY_DIFFERENTIAL_OUT'];
/** So many steps surely bring about even the rarest act, that a coverage is put in force. */
const ALL_ACTS_STEPS = 50_000;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-differential-'));
let worlds: TwoWorlds;

beforeAll(async () => {
  worlds = await TwoWorlds.start(folder);
});
afterAll(async () => {
  await worlds?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'random acts through the contracts and through the fold end in the same state',
  { timeout: 24 * 3_600_000 },
  async () => {
    const tell = (line: string): void => void process.stderr.write(`[differential] ${line}\n`);
    const outcome = await walk({ worlds, steps, seed, compareEvery: Math.max(500, Math.floor(steps / 20)), tell });
    const acts = Object.fromEntries(outcome.acts);
    if (out !== undefined) writeFileSync(out, JSON.stringify({ ...outcome, acts }));
    expect(outcome.differences.slice(0, 10)).toEqual([]);
    expect(outcome.comparisons).toBeGreaterThan(0);
    const rare = steps < ALL_ACTS_STEPS ? 500 : 0;
    const idle = [...outcome.acts].filter(([, { tried, took }]) => took === 0 && tried >= rare).map(([name]) => name);
    expect(idle).toEqual([]);
  },
);
