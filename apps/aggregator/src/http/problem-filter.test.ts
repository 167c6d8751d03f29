import { AppError, domainError } from '@surety/domain';
import type { ObservedEvent } from '@surety/workflows';
import type { ArgumentsHost } from '@nestjs/common';
import { createPublicClient, custom, parseAbi, zeroAddress } from 'viem';
import { expect, it } from 'vitest';
import { ProblemFilter } from './problem-filter.js';

/** Has a request end in something, and returns what is answered and told of it. */
function endIn(exception: unknown) {
  const told: ObservedEvent[] = [];
  const sent: { status?: number; body?: unknown } = {};
  const reply = {
    status: (status: number) => ((sent.status = status), reply),
    header: () => reply,
    headers: () => reply,
    send: (body: string) => (sent.body = JSON.parse(body) as unknown),
  };
  const http = { getRequest: () => ({ method: 'GET', url: '/v1/status?now' }), getResponse: () => reply };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  new ProblemFilter({ observe: (event) => void told.push(event) }).catch(exception, host);
  return { ...sent, told };
}

it('answers 503 to what may go well next time, by its own code, and logs it as no failure of this program', () => {
  const away = new AppError({ code: 'NO_QUORUM', message: 'too few providers agree', retryable: true });
  expect(endIn(away)).toMatchObject({
    status: 503,
    body: { status: 503, title: 'Not ready', code: 'NO_QUORUM', detail: 'too few providers agree' },
    told: [{ name: 'request-refused', level: 'debug' }],
  });
});

it('answers 503 if the providers are away behind a contract that viem reads, and logs it as no failure of this program', async () => {
  const away = new AppError({ code: 'UNAVAILABLE', message: 'none of 2 providers answered eth_call', retryable: true });
  const reader = createPublicClient({ transport: custom({ request: () => Promise.reject(away) }, { retryCount: 0 }) });
  const read = await reader
    .readContract({ address: zeroAddress, abi: parseAbi(['function books() view']), functionName: 'books' })
    .catch((failure: unknown) => failure);
  expect(read).not.toBeInstanceOf(AppError);
  expect(endIn(read)).toMatchObject({
    status: 503,
    body: { code: 'UNAVAILABLE', detail: 'none of 2 providers answered eth_call' },
    told: [{ name: 'request-refused', level: 'debug' }],
  });
});

it.each([
  { code: 'DATABASE_IN_USE', retryable: false },
  { code: 'DATABASE_UNAVAILABLE', retryable: true },
])('answers 503 where the store fails with $code, and warns whoever runs this program', ({ code, retryable }) => {
  expect(endIn(new AppError({ code, message: 'another process writes', retryable }))).toMatchObject({
    status: 503,
    body: { code, detail: 'another process writes' },
    told: [{ name: 'request-refused', level: 'warn', fields: { status: 503, code } }],
  });
});

it('answers 400 to what will fail again', () => {
  expect(endIn(domainError('OUT_OF_RANGE', 'amount is "0"; expected at least 1 unit'))).toMatchObject({
    status: 400,
    body: { code: 'OUT_OF_RANGE', instance: '/v1/status' },
  });
});

it('answers 500 to what it does not know, shows nothing of it, and logs it', () => {
  const { status, body, told } = endIn(new TypeError('a secret'));
  expect([status, JSON.stringify(body).includes('secret')]).toEqual([500, false]);
  expect(told).toMatchObject([{ name: 'request-failed', level: 'error', fields: { cause: 'TypeError: a secret' } }]);
});
