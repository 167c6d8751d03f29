import type { CallPriority } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { PriorityGate } from './priority-gate.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a priority gate', () => {
  it('admits one call at a time: liquidations, releases, credits, upkeep, each in order of arrival', async () => {
    const gate = new PriorityGate(() => false);
    const order: string[] = [];
    let open = (): void => undefined;
    const first = gate.pass('upkeep', () => new Promise<void>((resolve) => (open = resolve)));
    const late = (['upkeep', 'credit', 'release', 'credit', 'release', 'liquidation'] as CallPriority[]).map(
      (priority, at) =>
        gate.pass(priority, async () => {
          order.push(`${priority}${at}`);
        }),
    );
    await turn();
    expect(order).toEqual([]);
    open();
    await Promise.all([first, ...late]);
    expect(order).toEqual(['liquidation5', 'release2', 'release4', 'credit1', 'credit3', 'upkeep0']);
  });

  it('holds back calls of a full priority until there is room, but not more urgent ones', async () => {
    const full = new Set<CallPriority>(['upkeep', 'credit']);
    const gate = new PriorityGate((priority) => full.has(priority));
    const order: string[] = [];
    const waiting = gate.pass('credit', async () => void order.push('credit'));
    await gate.pass('release', async () => void order.push('release'));
    expect(order).toEqual(['release']);
    full.clear();
    gate.wake();
    await waiting;
    expect(order).toEqual(['release', 'credit']);
  });

  it('admits the filler of a gap first, and without room', async () => {
    const gate = new PriorityGate(() => true);
    const stop = new AbortController();
    const waiting = gate.pass('release', async () => 'release', stop.signal);
    expect(await gate.pass('gap', async () => 'gap')).toBe('gap');
    stop.abort(new Error('still waits'));
    await expect(waiting).rejects.toThrow('still waits');
  });

  it('continues after a call that fails or gives up', async () => {
    const gate = new PriorityGate(() => false);
    await expect(gate.pass('credit', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    let open = (): void => undefined;
    const busy = gate.pass('credit', () => new Promise<void>((resolve) => (open = resolve)));
    const stop = new AbortController();
    const given = gate.pass('release', () => Promise.reject(new Error('never run')), stop.signal);
    stop.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    open();
    await busy;
    expect(await gate.pass('upkeep', async () => 7)).toBe(7);
  });
});
