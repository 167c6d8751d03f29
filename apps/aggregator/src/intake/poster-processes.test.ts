import { type Address, address } from '@surety/domain';
import type { Clock, ObservedEvent } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { PosterProcesses } from './poster-processes.js';

const [ONE, OTHER] = ['1', '2'].map((digit) => address(`0x${digit.repeat(40)}`)) as [Address, Address];

function opened() {
  let [nowMs, elapsedMs] = [10_000_000, 0];
  const clock: Clock = { nowMs: () => nowMs, elapsedMs: () => elapsedMs, sleep: () => Promise.resolve() };
  const told: ObservedEvent[] = [];
  const processes = new PosterProcesses(clock, { observe: (event) => void told.push(event) });
  return {
    processes,
    told,
    note: (...names: readonly string[]): void => names.forEach((name) => processes.note(ONE, name)),
    advance: (ms: number): void => void ((nowMs += ms), (elapsedMs += ms)),
    setBack: (ms: number): void => void (nowMs -= ms),
  };
}

describe('processes that post with one key', () => {
  it('are one for any number of posts and restarts', () => {
    const { processes, note, told } = opened();
    note('a', 'a', 'b', 'b', 'c', 'd');
    expect([processes.isTwice(ONE), told]).toEqual([false, []]);
  });

  it('are two once an earlier name is back, told once and for that key alone', () => {
    const { processes, note, told } = opened();
    note('a', 'b', 'a', 'b', 'a');
    expect([processes.isTwice(ONE), processes.isTwice(OTHER)]).toEqual([true, false]);
    expect(told).toEqual([{ name: 'attester-runs-twice', level: 'error', fields: { attester: ONE } }]);
  });

  it('are told and forgotten in time though the clock is set back', () => {
    const { processes, note, told, advance, setBack } = opened();
    note('a', 'b', 'a');
    setBack(4 * 3_600_000);
    advance(1_800_001);
    note('b', 'a');
    expect(told).toHaveLength(2);
    advance(3_600_001);
    expect(processes.isTwice(ONE)).toBe(false);
  });

  it('are told again each half hour as long as both run, so that an alarm stays', () => {
    const { note, told, advance } = opened();
    note('a', 'b', 'a');
    for (let minutes = 10; minutes <= 90; minutes += 10) {
      advance(600_000);
      note('b', 'a');
    }
    expect(told.length).toBe(4);
  });

  it('are forgotten an hour after one of them stopped, and told again if it is back', () => {
    const { processes, note, told, advance } = opened();
    note('a', 'b', 'a');
    advance(3_600_000);
    expect(processes.isTwice(ONE)).toBe(true);
    advance(1);
    expect(processes.isTwice(ONE)).toBe(false);
    note('a', 'b');
    expect([processes.isTwice(ONE), told.length]).toEqual([true, 2]);
  });
});
