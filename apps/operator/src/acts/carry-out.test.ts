import { address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type Errand, describeOperation, executeOperation, sendDirectly } from './carry-out.js';
import { type Timelock, callerOf, wrapCall } from './find-route.js';
import { executeCall } from './timelock-operations.js';
import { formatTime } from '../terminal/format.js';

const at = address(`0x${'aa'.repeat(20)}`);
const call = { to: address(`0x${'bb'.repeat(20)}`), data: '0x12345678' } as const;
const errand = { options: {}, target: { chain: { name: 'alpha', chainId: 901 } } } as unknown as Errand;
const hand = { kind: 'timelock', at, executors: [], proposers: [], cancellers: [] } as unknown as Timelock;
const waiting = {
  id: `0x${'cc'.repeat(32)}` as never,
  state: 'waiting',
  readyAt: 1_800_000_000n,
  expiresAt: 1_801_209_600n,
} as const;

describe('an act that cannot be sent from here', () => {
  it('is left to a contract that this build does not know, with the call', async () => {
    await expect(sendDirectly(errand, { kind: 'contract', role: 'guardian', at }, call)).rejects.toMatchObject({
      code: 'ACT_REFUSED',
      message: `the guardian is ${at}, a contract that this build does not know; let it call ${call.to} with data 0x12345678`,
    });
  });

  it('is to be scheduled where a timelock holds its role', async () => {
    await expect(sendDirectly(errand, { kind: 'timelock', role: 'governor', at, hand }, call)).rejects.toMatchObject({
      code: 'BAD_USE',
      message: expect.stringContaining('add --schedule, then --execute once it is ready'),
    });
  });

  it('waits for its date, and for a provider that tells its calls', async () => {
    await expect(executeOperation(errand, hand, waiting)).rejects.toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringContaining(`is ready from ${formatTime(waiting.readyAt)} on; nothing was sent`),
    });
    expect(() => executeCall(at, waiting)).toThrowError('name a provider that keeps logs of 44 days');
    expect(describeOperation(waiting)).toContain('no log tells its calls');
  });
});

describe('the call of a route', () => {
  it('goes through the role’s address, in whose name the contract sees it', () => {
    const route = { kind: 'role-holder', role: 'pauser', at, signer: call.to } as const;
    expect(callerOf(route)).toBe(at);
    const wrapped = wrapCall(route, call);
    expect([wrapped.to, wrapped.data.includes(call.to.slice(2))]).toEqual([at, true]);
    expect(wrapCall({ kind: 'key', role: 'anyone' }, call)).toBe(call);
  });
});
