import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { ManualClock } from '@surety/rpc/testing';
import type { Clock } from '@surety/workflows';
import { afterAll, afterEach, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-provider-'));
const file = join(folder, 'chains.config.json');
const network = exampleNetwork();
writeFileSync(file, JSON.stringify(network));
const development = join(folder, 'development.json');
writeFileSync(development, JSON.stringify({ ...network, profile: 'development' }));
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A provider with a key in its address; gives what a command writes, and tells about it. */
async function runWith(
  command: readonly string[],
  answer: (response: ServerResponse) => void,
  environment: Record<string, string> = {},
  clock?: Clock,
) {
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/SECRET`;
  const names = network.chains.flatMap(({ providers }) => providers.map(({ urlEnv }) => [urlEnv, url]));
  return runSurety(command, {
    environment: { SURETY_CONFIG: file, ...Object.fromEntries(names), ...environment },
    ...(clock === undefined ? {} : { clock }),
  });
}

it.each<[name: string, answer: (response: ServerResponse) => void, code: number, says: RegExp]>([
  [
    'hangs up',
    (response) => void response.destroy(),
    75,
    /^surety: PROVIDER_FAILED: no provider of base answered eth_blockNumber: base-\w+ could not be reached(, base-\w+ could not be reached)+; expected one that does; check RPC_URL_BASE_1, RPC_URL_BASE_2/,
  ],
  [
    'is busy',
    (response) => void response.writeHead(503).end(),
    75,
    /PROVIDER_FAILED: no provider of base answered eth_blockNumber: base-\w+ answered HTTP 503, /,
  ],
  ['refuses the key', (response) => void response.writeHead(403).end(), 1, /PROVIDER_FAILED: .* answered HTTP 403, /],
  [
    'knows no such call',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}');
    },
    1,
    /^surety: UNEXPECTED: [^\n]+$/,
  ],
])(
  'a provider that %s is told by its name alone, on one line, and never with its URL',
  async (_name, answer, code, says) => {
    const seen = await runWith(['powers'], answer);
    expect(seen.code).toBe(code);
    expect(seen.told).toMatch(says);
    expect(seen.told).not.toMatch(/SECRET|127\.0\.0\.1|\n/);
  },
);

it('witnesses of chains that do not answer are unknown, not silent, and worth another try', async () => {
  const { code, told, output } = await runWith(['witnesses'], (response) => void response.destroy());
  expect([code, told]).toEqual([
    75,
    expect.stringContaining(
      'WITNESS_UNREADABLE: nothing could be read of 2 of 2 edges (ethereum to-ledger, ethereum to-vault)',
    ),
  ]);
  expect(output).toMatch(/^1 ethereum {2}to-ledger {2}layerzero +\? +\? +\? +\? +\? +- +unknown$/m);
  expect(output).not.toContain('never');
});

it('a chain without a vault is told with those that have one', async () => {
  const relay = ['relay', '--chain', 'zz', '--direction', 'to-ledger'];
  const { code, told } = await runWith(relay, (response) => void response.destroy());
  expect([code, told]).toEqual([2, 'surety: BAD_USE: --chain is "zz"; expected the chain of a vault: ethereum (1)']);
});

it('a relay asks with the edges whose entries it would post', async () => {
  const key = { SURETY_CONFIG: development, SURETY_KEY: `0x${'11'.repeat(32)}` };
  const { code, told } = await runWith(['relay'], (response) => void response.destroy(), key);
  expect([code, told]).toEqual([
    1,
    expect.stringMatching(
      /^Post, and pay where it is due, what is attested of ethereum → base, base → ethereum with 0x\w+, which pays the gas\?\nsurety: DECLINED: /,
    ),
  ]);
});

it('a keystore that cannot be read is told by its variable', async () => {
  writeFileSync(join(folder, 'password'), 'x', { mode: 0o600 });
  const lock = ['lock', '--chain', 'ethereum', '--asset', 'USDC', '--amount', '1'];
  const key = { SURETY_KEYSTORE_FILE: join(folder, 'gone.json'), SURETY_PASSWORD_FILE: join(folder, 'password') };
  const { code, told } = await runWith(lock, (response) => void response.destroy(), key);
  expect([code, told]).toEqual([
    2,
    expect.stringMatching(/BAD_USE: SURETY_KEYSTORE_FILE: .*gone\.json cannot be read \(ENOENT\)/),
  ]);
});

it('a lock says whose providers it asks, and that one hangs with its time limit', async () => {
  const clock = new ManualClock();
  const lock = ['lock', '--chain', 'ethereum', '--asset', 'USDC', '--amount', '1', '--dry-run'];
  const environment = { SURETY_CONFIG: development, SURETY_KEY: `0x${'11'.repeat(32)}` };
  const { code, told } = await runWith(lock, () => clock.advance(60_000), environment, clock);
  expect([code, told]).toEqual([
    75,
    expect.stringMatching(/^asking the providers of ethereum …\nsurety: RPC_UNAVAILABLE: .* within 20000 ms: /),
  ]);
});
