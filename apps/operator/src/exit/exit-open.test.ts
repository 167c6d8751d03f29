import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@surety/process';
import { afterAll, afterEach, expect, it } from 'vitest';
import { exitEnvironment } from '../testing/exit-environment.js';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-exit-open-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('tells which steps of an exit landed where the next one fails', async () => {
  const environment = await exitEnvironment(folder, { payments: [], isSilentOnceSent: true }, closing);
  const argv = ['exit', 'open', '--chain', 'ethereum', '--json'];
  const { code, told, output } = await runSurety([...argv, '--yes'], { clock: systemClock, environment });
  expect(JSON.parse(output)).toMatchObject({
    acts: [{ act: 'announce', txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }],
    next: null,
  });
  expect([code, told]).toEqual([75, expect.stringContaining('answered eth_call with nothing')]);
  const none = await runSurety(argv, { clock: systemClock, environment });
  expect([none.code, none.output]).toEqual([75, '']);
});
