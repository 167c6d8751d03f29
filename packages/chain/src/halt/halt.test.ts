import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockHash, blockHeight, chainId } from '@surety/domain';
import { AnvilNode, ManualClock, RecordingObserver } from '@surety/rpc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryHaltStore, openTestChain } from '../testing/test-chain.js';
import { clearHalt } from './clear-halt.js';
import { createFileHaltArchive } from './file-halt-archive.js';
import { createFileHaltStore, markLostRecord } from './file-halt-store.js';
import { FinalBlockRecord } from './final-block-record.js';
import type { AcceptedFinal, HaltArchive, HaltStore } from './halt-store.js';

let folder: string;
let path: string;
const id = chainId(41_020);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'surety-halt-'));
  path = join(folder, 'deep', 'chain.json');
  return () => rm(folder, { recursive: true });
});

const openStore = (): HaltStore => createFileHaltStore({ path, chainId: id, clock: new ManualClock() });
const openArchive = (): HaltArchive => createFileHaltArchive({ path });
const because = (reason: string) => ({ reason, atMs: 77, archive: openArchive() });
const hash = (byte: string): ReturnType<typeof blockHash> => blockHash(`0x${byte.repeat(32)}`);

describe('the record file', () => {
  it.each([
    ['empty', ''],
    ['cut off', '{"version":1,"chainId":41020,"halt":nu'],
    ['of another chain', '{"version":1,"chainId":1,"halt":null,"finals":[]}'],
    ['of another version', '{"version":2,"chainId":41020,"halt":null,"finals":[]}'],
    ['silent about a halt', '{"version":1,"chainId":41020,"finals":[]}'],
    ['with a broken halt', '{"version":1,"chainId":41020,"halt":{},"finals":[]}'],
    ['with broken blocks', '{"version":1,"chainId":41020,"halt":null,"finals":[["x","0x00"]]}'],
  ])('that is %s reads as halted, and is not changed', async (_, text) => {
    await openStore().save({ halt: null, finals: [] });
    await writeFile(path, text);
    const { halt } = await openStore().load();
    expect(halt?.reason).toMatch(/unreadable/);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('that was deleted reads as halted until someone clears it, so that deleting the file loses no halt', async () => {
    await openStore().save({ halt: null, finals: [] });
    await rm(path);
    expect((await openStore().load()).halt?.reason).toMatch(/gone or unreadable/);
    await clearHalt(openStore(), because('the file was deleted by mistake'));
    expect((await openStore().load()).halt).toBeNull();
  });

  it('that was lost with its marker reads as halted once it is marked, and one that is there stays as it is', async () => {
    await openStore().save({ halt: null, finals: [] });
    expect(await markLostRecord(path)).toBe(false);
    expect((await openStore().load()).halt).toBeNull();
    await rm(join(folder, 'deep'), { recursive: true });
    expect((await openStore().load()).halt).toBeNull();
    expect([await markLostRecord(path), await markLostRecord(path)]).toEqual([true, true]);
    expect((await openStore().load()).halt?.reason).toMatch(/gone or unreadable/);
    await clearHalt(openStore(), because('the chain was checked'));
    expect((await openStore().load()).halt).toBeNull();
  });

  it('grows by a line for each block, is written anew before a line would lie on two pages, and reads the same either way', async () => {
    const store = openStore();
    const finals = Array.from({ length: 300 }, (_, at) => ({ height: blockHeight(BigInt(at)), hash: hash('cc') }));
    const pages = new Set<number>();
    let files = 0;
    for (let count = 1; count <= finals.length; count++) {
      const kept = finals.slice(Math.max(0, count - 64), count);
      await store.save({ halt: null, finals: kept });
      const text = await readFile(path, 'utf8');
      if (text.indexOf('\n') === text.length - 1) files += 1;
      pages.add(Math.floor(text.length / 4_096));
      expect((await openStore().load()).finals.slice(-64)).toEqual(kept);
    }
    expect([files, [...pages]]).toEqual([7, [0, 1]]);
  });

  it('says the last record after a halt, other blocks, and a block that comes again', async () => {
    const store = openStore();
    const [one, two, other] = ['11', '22', '33'].map((byte, at) => ({
      height: blockHeight(BigInt(at % 2)),
      hash: hash(byte),
    })) as [AcceptedFinal, AcceptedFinal, AcceptedFinal];
    const halt = { reason: 'seen twice', sinceMs: 5, height: null, accepted: null, contradicting: null };
    for (const record of [
      { halt: null, finals: [one, two] },
      { halt: null, finals: [other, two] },
      { halt, finals: [] },
      { halt: null, finals: [two] },
    ]) {
      await store.save(record);
      expect(await openStore().load()).toEqual(record);
    }
    await store.save({ halt: null, finals: [one] });
    await store.save({ halt: null, finals: [one, two] });
    expect((await openStore().load()).finals.slice(-2)).toEqual([one, two]);
  });

  it('leaves out a last line that a crash cut off, and goes on with a whole record', async () => {
    const finals = [1n, 2n, 3n].map((height) => ({ height: blockHeight(height), hash: hash('cc') }));
    const store = openStore();
    for (const count of [1, 2]) await store.save({ halt: null, finals: finals.slice(0, count) });
    const text = await readFile(path, 'utf8');
    await writeFile(path, `${text}["3","0xcccc`);
    expect(await openStore().load()).toEqual({ halt: null, finals: finals.slice(0, 2) });
    await openStore().save({ halt: null, finals });
    expect(await openStore().load()).toEqual({ halt: null, finals });
    await writeFile(path, `${text}["3","0xcccc\n["4","${hash('cc')}"]\n`);
    expect((await openStore().load()).halt?.reason).toMatch(/unreadable/);
  });

  it('that was deleted while it grew is not begun in the middle', async () => {
    const store = openStore();
    const finals = [1n, 2n].map((height) => ({ height: blockHeight(height), hash: hash('cc') }));
    await store.save({ halt: null, finals: finals.slice(0, 1) });
    await rm(path);
    await expect(store.save({ halt: null, finals })).rejects.toMatchObject({ code: 'HALT_STORE_UNAVAILABLE' });
    await store.save({ halt: null, finals });
    expect(await openStore().load()).toEqual({ halt: null, finals });
  });

  it('whose folder was deleted cannot be written once, and is whole after that', async () => {
    const store = openStore();
    const record = { halt: null, finals: [{ height: blockHeight(5n), hash: hash('cc') }] };
    await store.save(record);
    await rm(folder, { recursive: true });
    await expect(store.save(record)).rejects.toMatchObject({ code: 'HALT_STORE_UNAVAILABLE' });
    await store.save(record);
    expect(await openStore().load()).toEqual(record);
    // The marker is there again.
    await rm(path);
    expect((await openStore().load()).halt).not.toBeNull();
  });

  it('that cannot be read for another reason reads as halted', async () => {
    const taken = join(folder, 'taken');
    await mkdir(taken);
    const store = createFileHaltStore({ path: taken, chainId: id, clock: new ManualClock() });
    expect((await store.load()).halt).not.toBeNull();
    await expect(store.save({ halt: null, finals: [] })).rejects.toMatchObject({
      code: 'HALT_STORE_UNAVAILABLE',
      message: expect.stringContaining(`final blocks, ${taken}, could not be written; check that`) as string,
      retryable: true,
    });
  });

  it('that was never written is empty, and returns what was saved', async () => {
    expect(await openStore().load()).toEqual({ halt: null, finals: [] });
    const record = {
      halt: {
        reason: 'seen twice',
        sinceMs: 5,
        height: blockHeight(7n),
        accepted: hash('aa'),
        contradicting: hash('bb'),
      },
      finals: [{ height: blockHeight(2n ** 63n), hash: hash('cc') }],
    };
    await Promise.all([openStore().save({ halt: null, finals: [] }), openStore().load()]);
    await openStore().save(record);
    expect(await openStore().load()).toEqual(record);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('a halt', () => {
  it('is cleared only with a reason, and forgets the blocks that the chain no longer holds', async () => {
    const finals = [1n, 2n, 3n].map((height) => ({ height: blockHeight(height), hash: hash('aa') }));
    const halt = {
      reason: 'seen twice',
      sinceMs: 5,
      height: blockHeight(2n),
      accepted: hash('aa'),
      contradicting: hash('bb'),
    };
    await openStore().save({ halt, finals });
    await expect(clearHalt(openStore(), because(' '))).rejects.toMatchObject({ code: 'BAD_OPTIONS' });
    expect((await openStore().load()).halt).toEqual(halt);
    expect(await clearHalt(openStore(), because('compared with three explorers'))).toEqual({
      halt: null,
      finals: finals.slice(0, 1),
    });
    expect(await clearHalt(openStore(), because('again'))).toEqual({ halt: null, finals: finals.slice(0, 1) });
    const cleared = { halt, clearedAtMs: 77, reason: 'compared with three explorers' };
    expect(await openArchive().load()).toEqual([cleared]);
    expect(JSON.parse(await readFile(`${path}.cleared`, 'utf8'))).toMatchObject({
      forgotten: [
        ['2', hash('aa')],
        ['3', hash('aa')],
      ],
    });
  });

  it('is not cleared before it is archived', async () => {
    await openStore().save({ halt: null, finals: [] });
    await writeFile(path, 'not a record');
    const archive = { ...openArchive(), append: () => Promise.reject(new Error('disk full')) };
    await expect(clearHalt(openStore(), { ...because('checked'), archive })).rejects.toThrow('disk full');
    expect((await openStore().load()).halt).not.toBeNull();
    await clearHalt(openStore(), because('checked'));
    expect(await readFile(`${path}.unreadable-77`, 'utf8')).toBe('not a record');
    await writeFile(`${path}.cleared`, '{');
    await expect(openArchive().load()).rejects.toMatchObject({ code: 'HALT_STORE_UNAVAILABLE' });
  });
});

describe('the accepted blocks', () => {
  const block = (height: bigint, own: string, parent: string): Parameters<FinalBlockRecord['accept']>[0][number] => ({
    height: blockHeight(height),
    hash: hash(own),
    parentHash: hash(parent),
    stateRoot: hash('00') as never,
    timestamp: 0n,
    logsBloom: new Uint8Array(256),
  });
  const openRecord = (store: HaltStore, keptMax = 3): Promise<FinalBlockRecord> =>
    FinalBlockRecord.load({ chainId: id, store, clock: new ManualClock(), observer: new RecordingObserver(), keptMax });

  it('never conflict at one height, even when two callers bring them at once', async () => {
    const blockRecord = await openRecord(new MemoryHaltStore());
    const [first, second] = await Promise.allSettled([
      blockRecord.accept([block(5n, '05', '04')]),
      blockRecord.accept([block(5n, '55', '04')]),
    ]);
    expect([first.status, second.status]).toContain('rejected');
    expect(second).toMatchObject({ reason: { code: 'HALTED' } });
    expect(blockRecord.halt()).toMatchObject({ height: 5n, accepted: hash('05'), contradicting: hash('55') });
  });

  it('that could not be stored are not accepted, until they can be', async () => {
    const store = new MemoryHaltStore();
    const blockRecord = await openRecord(store);
    const save = store.save.bind(store);
    store.save = () => Promise.reject(new Error('disk full'));
    await expect(blockRecord.accept([block(5n, '05', '04')])).rejects.toThrow('disk full');
    await expect(blockRecord.accept([block(5n, '05', '04')])).rejects.toThrow('disk full');
    store.save = save;
    await blockRecord.accept([block(5n, '05', '04')]);
    expect(store.record.finals).toEqual([{ height: 5n, hash: hash('05') }]);
  });

  it('halt the chain if a later one has another parent, even if writing that fails', async () => {
    const store = new MemoryHaltStore();
    const blockRecord = await openRecord(store);
    await blockRecord.accept([block(5n, '05', '04')]);
    store.save = () => Promise.reject(new Error('disk full'));
    await expect(blockRecord.accept([block(6n, '06', 'ff')])).rejects.toMatchObject({
      code: 'HALTED',
      retryable: false,
    });
    expect(blockRecord.halt()).toMatchObject({ height: 5n, accepted: hash('05'), contradicting: hash('ff') });
    await expect(blockRecord.accept([block(7n, '07', '06')])).rejects.toMatchObject({ code: 'HALTED' });
  });

  it('are written once for all waiting callers, and returned only afterwards', async () => {
    const store = new MemoryHaltStore();
    const blockRecord = await openRecord(store, 100);
    const written: number[] = [];
    const save = store.save.bind(store);
    store.save = async (record) => {
      await Promise.resolve();
      await save(record);
      written.push(record.finals.length);
    };
    const heights = Array.from({ length: 20 }, (_, at) => BigInt(2 * at));
    await Promise.all(
      heights.map(async (height) => {
        await blockRecord.accept([block(height, 'aa', 'bb')]);
        expect(store.record.finals.some((final) => final.height === height)).toBe(true);
      }),
    );
    expect(written).toEqual([20]);
  });

  it('are as many after a restart as before it, though one came again', async () => {
    const blockRecord = await openRecord(openStore());
    for (const height of [1n, 3n, 5n, 7n, 1n]) await blockRecord.accept([block(height, `a${height}`, 'bb')]);
    const next = await openRecord(openStore());
    expect([1n, 3n, 5n, 7n].map((height) => next.hashAt(height))).toEqual(
      [1n, 3n, 5n, 7n].map((height) => blockRecord.hashAt(height)),
    );
    await expect(next.accept([block(1n, 'ff', 'bb')])).rejects.toMatchObject({ code: 'HALTED' });
  });

  it('are bounded, and the highest is always kept', async () => {
    const store = new MemoryHaltStore();
    const blockRecord = await openRecord(store);
    for (const height of [90n, 10n, 12n, 14n, 16n]) await blockRecord.accept([block(height, 'aa', 'bb')]);
    expect(store.record.finals.map(({ height }) => height)).toEqual([90n, 14n, 16n]);
    expect(blockRecord.tip()?.height).toBe(90n);
  });
});

describe('a chain that undoes a final block', () => {
  let node: AnvilNode;

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: id, args: ['--slots-in-an-epoch', '1'] });
    await node.mine(20);
  });
  afterAll(() => node.stop());

  it('is halted before any block is returned, also in later processes, until someone clears it', async () => {
    const { chain, observer } = await openTestChain(node, { haltStore: openStore() });
    const before = await chain.readFinalTip();
    await node.rpc('anvil_reorg', [6, []]);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect((await openStore().load()).halt).toMatchObject({ height: before.height, accepted: before.hash });
    expect(observer.named('chain-halted')).toHaveLength(1);
    for (const read of [() => chain.readFinalTip(), () => chain.readFinalBlock(before.height)]) {
      await expect(read()).rejects.toMatchObject({ code: 'HALTED', retryable: false });
    }

    const next = await openTestChain(node, { haltStore: openStore() });
    expect(next.chain.condition()).toMatchObject({
      kind: 'halted',
      reason: expect.stringContaining(`block ${before.height}`) as string,
    });
    await expect(next.chain.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect(next.transports[0]?.requests).toEqual([]);

    await clearHalt(openStore(), because('compared by hand'));
    const cleared = await openTestChain(node, { haltStore: openStore() });
    expect((await cleared.chain.readFinalTip()).hash).not.toBe(before.hash);
  });

  it('is halted at the next start if it is killed between detecting the contradiction and writing it', async () => {
    const dying: HaltStore = {
      load: () => openStore().load(),
      save: (record) => (record.halt === null ? openStore().save(record) : Promise.reject(new Error('killed'))),
    };
    const { chain, observer } = await openTestChain(node, { haltStore: dying });
    await chain.readFinalTip();
    await node.rpc('anvil_reorg', [6, []]);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect(observer.named('halt-not-durable')).toHaveLength(1);
    expect((await openStore().load()).halt).toBeNull();
    const { chain: next } = await openTestChain(node, { haltStore: openStore() });
    await expect(next.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect((await openStore().load()).halt).not.toBeNull();
  });

  it('is halted when it has grown past the block again', async () => {
    const { chain } = await openTestChain(node, { haltStore: openStore() });
    const before = await chain.readFinalTip();
    await node.rpc('anvil_rollback', [8]);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'NO_QUORUM' });
    await node.rpc('evm_increaseTime', [77]);
    await node.mine(30);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect((await openStore().load()).halt).toMatchObject({ height: before.height });
  });

  it('is halted before a block of the new branch below the accepted one is returned', async () => {
    const { chain } = await openTestChain(node, { haltStore: openStore() });
    const before = await chain.readFinalTip();
    await node.rpc('anvil_reorg', [6, []]);
    // Its height and its parent's are new to this process: only the accepted block above it reveals the break.
    await expect(chain.readFinalBlock(blockHeight(before.height - 2n))).rejects.toMatchObject({ code: 'HALTED' });
    expect((await openStore().load()).halt).toMatchObject({ height: before.height, accepted: before.hash });
  });

  it('is halted by an unreadable record without any request', async () => {
    const store = openStore();
    await store.save({ halt: null, finals: [] });
    await writeFile(path, 'not a record');
    const { chain, transports } = await openTestChain(node, { haltStore: store });
    expect(chain.condition()).toMatchObject({ kind: 'halted' });
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'HALTED' });
    expect(transports[0]?.requests).toEqual([]);
  });
});
