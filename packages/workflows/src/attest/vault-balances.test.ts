import { AppError, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { BalanceReader, HeldBalance } from '../ports/balances.js';
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

  async readFinalTip(): Promise<FinalBlock> {
    return BLOCK;
  }

  async readBalances({ tokens }: Parameters<BalanceReader['readBalances']>[0]): Promise<readonly HeldBalance[]> {
    this.looks += 1;
    if (this.failure !== undefined) throw this.failure;
    return tokens.map((token, at) => ({ ...token, accounted: this.accounted[at] ?? 0n, held: this.held[at] ?? 0n }));
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
