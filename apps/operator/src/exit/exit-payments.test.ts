import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@surety/process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { exitEnvironment } from '../testing/exit-environment.js';
import { runSurety } from '../testing/run-surety.js';
import type { ServedPayment } from '../testing/serve-payments.js';
import { EXIT_CLAIMS } from './exit-items.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-exit-pay-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pays claims of these states with these outcomes, numbered from 1. */
async function pay(...claims: readonly (readonly [ServedPayment['state'], ServedPayment['outcome']])[]) {
  const payments = claims.map(([state, outcome], at) => ({ seq: EXIT_CLAIMS + BigInt(at + 1), state, outcome }));
  const environment = await exitEnvironment(folder, { payments }, closing);
  const argv = ['exit', 'pay', '--chain', 'ethereum', '--yes', '--json'];
  const { code, told, output } = await runSurety(argv, { clock: systemClock, environment });
  const seqOf = (number: number): string => (EXIT_CLAIMS + BigInt(number)).toString();
  return { code, told, output: output === '' ? undefined : (JSON.parse(output) as unknown), seqOf };
}

const txHash = expect.stringMatching(/^0x[0-9a-f]{64}$/);

describe('claims of an exit that are due', () => {
  it('are told as far as they were paid where something ends the run', async () => {
    const { code, told, output, seqOf } = await pay(
      ['QUEUED', 'paid'],
      ['QUEUED', 'paused'],
      ['QUEUED', 'silent'],
      ['QUEUED', 'paid'],
    );
    expect(output).toMatchObject({
      paid: [{ seq: seqOf(1), txHash }],
      refused: [{ what: 'claim 2', code: 'EXIT_REFUSED', reason: expect.stringContaining('PayPaused') }],
    });
    expect([code, told]).toEqual([75, expect.stringContaining('{"error":{"code":"RPC_BAD_ANSWER"')]);
    const none = await pay(['QUEUED', 'silent'], ['QUEUED', 'paid']);
    expect([none.code, none.output]).toEqual([75, undefined]);
  });

  it('are judged by what their own transaction did, whatever a provider that is behind still shows', async () => {
    const { code, told, output, seqOf } = await pay(['QUEUED', 'claimable'], ['CLAIMABLE', 'paid'], ['QUEUED', 'paid']);
    expect(output).toMatchObject({
      paid: [
        { seq: seqOf(2), txHash },
        { seq: seqOf(3), txHash },
      ],
      refused: [{ what: 'claim 1', code: 'EXIT_REFUSED', reason: expect.stringContaining('the token did not pay') }],
    });
    expect([code, told]).toEqual([1, expect.stringMatching(/the token did not pay 0x2{40} in 0x[0-9a-f]{64};/)]);
  });
});
