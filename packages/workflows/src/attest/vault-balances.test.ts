import { AppError, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { BalanceReader } from '../ports/balances.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { Bell } from '../running/bell.js';

const PAUSE_MS = 60_000;
import { VaultBalances } from './vault-balances.js';

const VAULT = address(`0x${'aa'.repeat(20)}`);
const TOKENS = [1, 2].map((asset) => ({ asset, token: address(`0x${`0${asset}`.repeat(20)}`) }));
const BLOCK = { height: 7n } as FinalBlock;

class FakeBalances implements BalanceReader {
  held = [100n, 50n];
  accounted = [100n, 50n];
  looks = 0;
  failure: AppError | undefined;
  /** Assets that give no balance. */
  readonly broken = new Set<number>();

  async readFinalTip(): Promise<FinalBlock> {
    return BLOCK;
  }

  async readBalances({
    tokens,
  }: Parameters<BalanceReader['readBalances']>[0]): ReturnType<BalanceReader['readBalances']> {
    this.looks += 1;
    if (this.failure !== undefined) throw this.failure;
    const all = tokens.map((token, at) => ({
      ...token,
      accounted: this.accounted[at] ?? 0n,
      held: this.held[at] ?? 0n,
    }));
    const error = new AppError({ code: 'BAD_RESPONSE', message: '2 characters' });
    return {
      read: all.filter(({ asset }) => !this.broken.has(asset)),
      unread: tokens.filter(({ asset }) => this.broken.has(asset)).map((token) => ({ ...token, error })),
    };
  }
}

function open(): { reader: FakeBalances; observer: RecordingObserver; clock: FakeClock; balances: VaultBalances } {
  const [reader, observer, clock] = [new FakeBalances(), new RecordingObserver(), new FakeClock()];
  const balances = new VaultBalances({
    chainId: 901,
    vault: VAULT,
    tokens: TOKENS,
    reader,
    pauseMs: PAUSE_MS,
    clock,
    observer,
  });
  return { reader, observer, clock, balances };
}

describe('the balances of a vault', () => {
  it('are reported once when they fall short, when they fall further, and when they are whole again', async () => {
    const { reader, observer, balances } = open();
    await balances.look();
    expect(balances.view().short).toEqual([]);
    reader.held = [90n, 50n];
    await balances.look();
    await balances.look();
    expect(balances.view().short).toMatchObject([{ asset: 1, accounted: 100n, held: 90n }]);
    reader.held = [80n, 50n];
    await balances.look();
    reader.held = [101n, 50n];
    await balances.look();
    expect(balances.view().short).toEqual([]);
    expect(observer.events.map(({ name, level, fields }) => [name, level, fields?.['held']])).toEqual([
      ['balance-short', 'error', 90n],
      ['balance-short', 'error', 80n],
      ['balance-whole', 'info', 101n],
    ]);
  });

  it('stay short while they cannot be read', async () => {
    const { reader, balances } = open();
    reader.held = [90n, 50n];
    await balances.look();
    reader.failure = new AppError({ code: 'NO_QUORUM', message: '2 of 4 agree', retryable: true });
    await balances.look();
    expect(balances.view()).toMatchObject({ short: [{ asset: 1 }], trouble: { code: 'NO_QUORUM' } });
    reader.failure = undefined;
    await balances.look();
    expect(balances.view().trouble).toBeUndefined();
  });

  it('are compared for every token that could be read, and stay as they were for the others', async () => {
    const { reader, observer, balances } = open();
    reader.broken.add(1);
    reader.held = [0n, 40n];
    await balances.look();
    expect(balances.view()).toMatchObject({
      short: [{ asset: 2, accounted: 50n, held: 40n }],
      trouble: { code: 'BAD_RESPONSE', detail: `asset 1 (${TOKENS[0]?.token}) alone: 2 characters` },
    });
    reader.broken.clear();
    await balances.look();
    expect(balances.view()).toMatchObject({ short: [{ asset: 1 }, { asset: 2 }], trouble: undefined });
    reader.broken.add(1).add(2);
    reader.held = [100n, 50n];
    await balances.look();
    expect(balances.view()).toMatchObject({
      short: [{ asset: 1 }, { asset: 2 }],
      trouble: { code: 'BAD_RESPONSE', detail: '2 characters' },
    });
    expect(observer.events.map(({ name, fields }) => [name, fields?.['asset']])).toEqual([
      ['balance-short', 2],
      ['balance-short', 1],
    ]);
  });

  it('are read with new heads, once a pause at most', async () => {
    const { reader, clock, balances } = open();
    const [heads, stopping] = [new Bell(), new AbortController()];
    const following = balances.follow(heads, stopping.signal);
    await settle();
    for (let at = 0; at < 5; at++) {
      heads.ring();
      await settle();
    }
    expect(reader.looks).toBe(1);
    await clock.advance(PAUSE_MS);
    heads.ring();
    await settle();
    expect(reader.looks).toBe(2);
    stopping.abort();
    await following;
  });
});
