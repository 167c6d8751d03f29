import { keepPublications } from '@surety/bridges';
import { AppError, address } from '@surety/domain';
import { FailingLoops, type LandOutcome, type ObservedEvent } from '@surety/workflows';
import { beforeEach, describe, expect, it } from 'vitest';
import { deliverBesideLook } from './deliver-beside-look.js';

const LANDED = { kind: 'overtaken', detail: '' } satisfies LandOutcome;
let events: ObservedEvent[];
const observer = { observe: (event: ObservedEvent): unknown => events.push(event) };
let order: string[];
let failure: Error | undefined;
let failingLoops: FailingLoops;

beforeEach(() => {
  events = [];
  order = [];
  failure = undefined;
  failingLoops = new FailingLoops({ elapsedMs: () => 0 });
});

async function look(): Promise<void> {
  await Promise.resolve();
  order.push('looked');
  if (failure !== undefined) throw failure;
}

async function deliver(): Promise<LandOutcome> {
  order.push('delivered');
  return LANDED;
}

const beside = (needsLook: boolean, by: typeof deliver | undefined = deliver) =>
  deliverBesideLook({ chainId: 7, needsLook, observer, failingLoops }, look, by);

describe('a delivery beside a look', () => {
  it('waits for the look only where it delivers what the look finds', async () => {
    expect(await beside(true)()).toBe(LANDED);
    expect(order.splice(0)).toEqual(['looked', 'delivered']);
    expect(await beside(false)()).toBe(LANDED);
    expect(order).toEqual(['delivered', 'looked']);
  });

  it.each([true, false])(
    'goes on where the look fails, and tells it once until one succeeds (%s)',
    async (needsLook) => {
      const run = beside(needsLook);
      for (const error of [new Error('range'), new Error('range'), undefined, new Error('range')]) {
        failure = error;
        expect(await run()).toBe(LANDED);
        const noted = failingLoops.list().map(({ loop, detail }) => `${loop}: ${detail}`);
        expect(noted).toEqual(error === undefined ? [] : ['publications-unread (chain_id 7): range']);
      }
      const told = events.map(({ name, level }) => `${level} ${name}`);
      expect(told).toEqual(['warn publications-unread', 'debug publications-unread', 'warn publications-unread']);
    },
  );

  it('notes a failing look until one succeeds, also while no poll of the book is due', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    const book = keepPublications({
      reads: { readHead: away, readTime: away, readEvents: away },
      contract: address(`0x${'a1'.repeat(20)}`),
      clock: { nowMs: () => 0, elapsedMs: () => 0 },
      blocksBack: 0n,
      rangeBlocks: 1n,
      distrustProvider: () => {},
    });
    const options = { chainId: 7, needsLook: true, observer, failingLoops };
    const run = deliverBesideLook(options, (signal) => book.requireLook(2_000, signal), deliver);
    for (let passes = 0; passes < 3; passes++) {
      await run();
      expect(failingLoops.list().map(({ detail }) => detail)).toEqual(['away']);
    }
    expect(events.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug']);
  });

  it('looks where others deliver', async () => {
    const run = deliverBesideLook({ chainId: 7, needsLook: true, observer, failingLoops }, look, undefined);
    expect(await run()).toBeUndefined();
    expect(order).toEqual(['looked']);
  });

  it.each([true, false])('ends where the look finds another chain (%s)', async (needsLook) => {
    failure = new AppError({ code: 'CHAIN_MISMATCH', message: '', retryable: false });
    await expect(beside(needsLook)()).rejects.toMatchObject({ code: 'CHAIN_MISMATCH' });
    expect(events).toEqual([]);
  });
});
