import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileHaltStore } from '@surety/chain';
import { blockHash, blockHeight, chainId } from '@surety/domain';
import { holdLease } from '@surety/transactions';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SuretyRun, runSurety } from '../testing/run-surety.js';

const ID = 8_453;
const hash = (byte: string) => blockHash(`0x${byte.repeat(32)}`);
const clock = { nowMs: () => 1_800_000_000_000, elapsedMs: () => 0, sleep: async () => undefined };
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-clear-'));
  const halt = {
    reason: 'final block 7 of chain 8453 was aa and is now bb',
    sinceMs: 1_790_000_000_000,
    height: blockHeight(7n),
    accepted: hash('aa'),
    contradicting: hash('bb'),
  };
  const finals = [5n, 7n, 9n].map((height) => ({ height: blockHeight(height), hash: hash('aa') }));
  await storeOf('final').save({ halt, finals });
});
afterEach(() => rmSync(folder, { recursive: true }));

const storeOf = (kind: string) =>
  createFileHaltStore({ path: join(folder, `${kind}-${ID}.json`), chainId: chainId(ID), clock });

const run = (...argv: string[]): Promise<SuretyRun> =>
  runSurety(['clear-halt', folder, '--chain', String(ID), ...argv]);

const haltNow = async () => (await storeOf('final').load()).halt;

describe('surety clear-halt', () => {
  it('shows the evidence, names the flag that would clear it, and clears nothing', async () => {
    const { code, output, told } = await run();
    expect([code, told.includes('HALT_STANDS'), told.includes('--confirm 8453:7')]).toEqual([1, true, true]);
    expect(output).toContain(`height 7: accepted ${hash('aa')}, then ${hash('bb')}`);
    expect(await haltNow()).not.toBeNull();
  });

  it.each([
    [['--confirm', '8453:8', '--reason', 'looked']],
    [['--confirm', '1:7', '--reason', 'looked']],
    [['--confirm', '8453:7']],
    [['--confirm', '8453:7', '--reason', ' ']],
  ])('clears nothing for %j', async (argv) => {
    expect((await run(...argv)).told).toContain('HALT_STANDS');
    expect(await haltNow()).not.toBeNull();
  });

  it('refuses another user than the folder’s owner, whose process could not read the record any more', async () => {
    const owner = statSync(folder).uid;
    const before = readFileSync(join(folder, `final-${ID}.json`), 'utf8');
    vi.spyOn(process, 'geteuid').mockReturnValue(owner + 7);
    const { code, told } = await run('--confirm', '8453:7', '--reason', 'looked');
    vi.restoreAllMocks();
    expect([code, told]).toEqual([1, expect.stringContaining('NOT_OWNER')]);
    expect(told).toContain(`run sudo -u '#${owner}' npx surety clear-halt ${folder} --chain ${ID}`);
    expect(readFileSync(join(folder, `final-${ID}.json`), 'utf8')).toBe(before);
  });

  it('refuses while the process runs', async () => {
    // A lease is held as a watcher holds its history.
    const lease = holdLease({ directory: folder, chainId: 1, sender: `0x${'1'.repeat(40)}` as never });
    const held = join(folder, `1-0x${'1'.repeat(40)}.lease`);
    linkSync(held, join(folder, 'history.sqlite'));
    const { code, told } = await run('--confirm', '8453:7', '--reason', 'looked');
    expect([code, told.includes('HALT_HELD')]).toEqual([1, true]);
    expect(await haltNow()).not.toBeNull();
    lease.release();
  });

  it('clears it, forgets the blocks from there on, and keeps the record of it', async () => {
    const { code, output } = await run('--confirm', '8453:7', '--reason', 'three explorers', '--json');
    expect([code, JSON.parse(output)]).toMatchObject([
      0,
      { isCleared: true, halt: { height: '7' }, cleared: [{ reason: 'three explorers', clearedAtMs: clock.nowMs() }] },
    ]);
    expect(await storeOf('final').load()).toEqual({ halt: null, finals: [{ height: 5n, hash: hash('aa') }] });
    const again = await run('--json');
    expect([again.code, JSON.parse(again.output)]).toMatchObject([
      0,
      { halt: null, confirm: null, isCleared: false, cleared: [{ reason: 'three explorers' }] },
    ]);
  });

  it('clears an unreadable record of an aggregator by that word, and keeps the file', async () => {
    rmSync(join(folder, `final-${ID}.json`));
    rmSync(join(folder, `final-${ID}.json.born`));
    await storeOf('chain').save({ halt: null, finals: [] });
    writeFileSync(join(folder, `chain-${ID}.json`), 'torn');
    expect((await run('--confirm', '8453:unreadable', '--reason', 'disk')).code).toBe(0);
    expect((await storeOf('chain').load()).halt).toBeNull();
    const kept = join(folder, `chain-${ID}.json.unreadable-${clock.nowMs()}`);
    expect([existsSync(kept), readFileSync(kept, 'utf8')]).toEqual([true, 'torn']);
  });

  it('refuses a folder without such a record, and a chain that is no number', async () => {
    rmSync(join(folder, `final-${ID}.json`));
    rmSync(join(folder, `final-${ID}.json.born`));
    expect(await run()).toMatchObject({ code: 2 });
    expect((await run('--chain', 'base')).told).toContain('BAD_USE');
  });
});
