import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@surety/config';
import { systemClock } from '@surety/process';
import { expect, onTestFinished, test } from 'vitest';
import { checkClock, judgeOffsets } from './check-clock.js';

const HOUR_MS = 3_600_000;

test.each([
  { offsets: [0, 0], result: 'ok', detail: /within 5 s of 2 of 2/ },
  { offsets: [5, -3_600], result: 'ok', detail: /within 5 s of 1 of 2/ },
  { offsets: [6], result: 'fail', detail: /^6 s ahead of m0, the nearest of 1/ },
  { offsets: [-90, -80], result: 'fail', detail: /^80 s behind m1/ },
  { offsets: [], result: 'warn', detail: /nothing was compared/ },
])('judges a clock by $offsets: $result', ({ offsets, result, detail }) => {
  const finding = judgeOffsets(offsets.map((aheadS, at) => ({ of: `m${at}`, aheadS })));
  expect(finding).toMatchObject({ check: 'attester clock', result, detail: expect.stringMatching(detail) });
});

test('reads the date of an answer, also of a refusal, and leaves out who does not answer', async () => {
  const server = createServer((_request, response) => response.writeHead(405).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = { name: 'p1', operator: 'o1', url: new Secret(url) };
  const places = { aggregatorUrls: ['http://127.0.0.1:1'], peerUrls: [], endpoints: new Map([[1, [provider]]]) };
  const ask = (aheadMs: number) =>
    checkClock({ ...places, clock: { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs } });
  expect(await ask(0)).toMatchObject([{ result: 'ok', detail: 'within 5 s of 1 of 1 machines' }]);
  expect(await ask(HOUR_MS)).toMatchObject([
    { result: 'fail', detail: expect.stringMatching(/^3(599|600|601) s ahead of provider p1/) },
  ]);
  expect(await ask(-HOUR_MS)).toMatchObject([
    { result: 'fail', detail: expect.stringMatching(/^3(599|600|601) s behind provider p1/) },
  ]);
});
