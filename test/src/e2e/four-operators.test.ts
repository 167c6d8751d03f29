import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Devnet,
  type ProcessRole,
  type RunningProcess,
  accountOf,
  awaitReadiness,
  findFreePort,
  lockTokens,
  startDevnet,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { commandsOf, fillIn, findNginx, missingNginx, runCommands, startTlsProxy } from './tls-operators.js';

const WITHIN_MS = 60_000;
const OPERATORS = [1, 2, 3, 4];
/** Those who run a relayer. */
const RELAYING = [1, 2];

const nginx = findNginx();
if (nginx === undefined && process.env['CI'] === 'true') throw new Error(missingNginx());
if (nginx === undefined) process.stderr.write(`SKIPPED: ${missingNginx()}\n`);

describe.skipIf(nginx === undefined)('four operators behind TLS, as docs/FOUR-OPERATORS.md says', () => {
  let folder: string;
  let devnet: Devnet;
  let urls: readonly string[];
  const proxies = new Map<number, RunningProcess>();

  const at = (operator: number, ...rest: string[]): string => path.join(folder, `operator-${operator}`, ...rest);
  const trusted = (): Record<string, string> => ({ NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') });
  const ownFirst = (operator: number): string =>
    [urls[operator - 1], ...urls.filter((_, n) => n !== operator - 1)].join(',');

  /** Starts a program from the file that `surety config env` wrote. */
  async function start(role: ProcessRole, operator: number, more: Readonly<Record<string, string>>): Promise<void> {
    // Who sends no transactions keeps no leases.
    const given = Object.entries(devnet.environmentOf(role, operator)).filter(
      ([name]) => role === 'relayer' || name !== 'SURETY_LEASE_DIR',
    );
    const { NODE_EXTRA_CA_CERTS: authority, ...surety } = more;
    const filled = fillIn(at(operator, `${role}.env`), { ...Object.fromEntries(given), ...surety });
    await devnet.start(role, operator, {
      ...filled,
      ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority }),
    });
  }

  /** Asks as an operator would, at these aggregators. */
  const ask = (args: readonly string[], aggregators: readonly string[] = urls, more = trusted()): Promise<Answer> =>
    runSurety(args, { ...devnet.environmentOf('operator'), SURETY_AGGREGATOR_URLS: aggregators.join(','), ...more });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'surety-operators-'));
    devnet = await startDevnet({ directory: folder, blockSeconds: 1, attesters: OPERATORS.length });
    const [authority = '', certificate = '', environments = ''] = commandsOf('FOUR-OPERATORS.md');
    runCommands(authority, folder);
    const ports = await Promise.all(OPERATORS.map(() => findFreePort()));
    urls = ports.map((port) => `https://127.0.0.1:${port}`);
    const watcherPorts = await Promise.all(OPERATORS.map(() => findFreePort()));
    for (const operator of OPERATORS) {
      runCommands(`cp ../ca.pem ../ca.key .\n${certificate}\nrm ca.key`, at(operator), {
        NAME: '127.0.0.1',
        KIND: 'IP',
      });
      runCommands(environments, at(operator), { SURETY_CONFIG: devnet.network.configFile });
      const own =
        operator === 1
          ? {}
          : { SURETY_HTTP_PORT: '0', SURETY_DATABASE_URL: `sqlite:${at(operator, 'aggregator.sqlite')}` };
      await start('aggregator', operator, own);
      const { announced: aggregatorUrl } = devnet.running('aggregator', operator) as RunningProcess;
      const port = ports[operator - 1] as number;
      const watcherPort = watcherPorts[operator - 1] as number;
      const proxy = { nginx: nginx ?? '', folder: at(operator), port, aggregatorUrl, watcherPort };
      proxies.set(operator, await startTlsProxy(proxy));
    }
    for (const operator of OPERATORS) {
      const others = { SURETY_AGGREGATOR_URLS: ownFirst(operator), ...trusted() };
      const ownPort = String(watcherPorts[operator - 1]);
      await start('watcher', operator, { ...others, SURETY_HTTP_PORT: ownPort });
      const watchers = [`http://127.0.0.1:${ownPort}`, ...urls.filter((_, n) => n !== operator - 1)];
      const relayer = { ...others, SURETY_WATCHER_URLS: watchers.join(',') };
      if (RELAYING.includes(operator)) await start('relayer', operator, relayer);
    }
    for (const operator of OPERATORS)
      for (const role of ['aggregator', 'watcher', 'relayer'] as const) {
        const running = devnet.running(role, operator);
        if (running !== undefined) await awaitReadiness(running, WITHIN_MS);
      }
  }, 240_000);

  afterAll(async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    await devnet?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until a lock counts at every one of these aggregators. */
  async function awaitMargin(aggregators: readonly string[], units: string): Promise<void> {
    for (const one of aggregators)
      await waitUntil({
        what: `the lock in the margin at ${one}`,
        withinMs: WITHIN_MS,
        probe: async () => {
          const { code, output } = await ask(['account', accountOf('alice')], [one]);
          return code === 0 && JSON.stringify(output).includes(`"${units}"`) ? true : undefined;
        },
      });
  }

  test('a lock counts at each of the four, and each has heard all attesters', async () => {
    await lockTokens(devnet.network, { chainId: 901, by: 'alice', asset: 'USDC', units: 10_000_123n });
    await awaitMargin(urls, '10000123');
    for (const url of urls) {
      const { output } = await waitUntil({
        what: `a status without a finding at ${url}`,
        withinMs: WITHIN_MS,
        probe: async () => {
          const answer = await ask(['status'], [url]);
          return answer.code === 0 ? answer : undefined;
        },
      });
      const edges = output['edges'] as { local: boolean; attesters: unknown[] }[];
      expect(edges.filter(({ local }) => !local).map(({ attesters }) => attesters.length)).toEqual([4, 4, 4, 4]);
    }
  });

  test('the doctor is content with all of them, and nginx shows nobody the metrics', async () => {
    const { output } = await ask(['doctor']);
    const findings = output['findings'] as { check: string; result: string }[];
    for (const url of urls)
      expect(findings.filter(({ check }) => check === `aggregator ${url}`).map(({ result }) => result)).toContain('ok');
    const states = findings.filter(({ check }) => check.startsWith('state of aggregator '));
    expect(states.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok']);
    expect(await get(`${urls[0]}/metrics`, path.join(folder, 'ca.pem'))).toMatchObject({ status: 404 });
    expect(await get(`${urls[0]}/v1/edges`, path.join(folder, 'ca.pem'))).toMatchObject({ status: 200 });
  });

  test('halts and reports of each watcher pass its proxy, and nothing else of it', async () => {
    const statuses = (path_: string): Promise<unknown[]> =>
      Promise.all(urls.map(async (url) => (await get(`${url}${path_}`, path.join(folder, 'ca.pem'))).status));
    expect(await statuses('/v1/halts')).toEqual([200, 200, 200, 200]);
    expect(await statuses('/v1/reports')).toEqual([200, 200, 200, 200]);
    expect(await statuses('/v1/report-inputs')).toEqual([404, 404, 404, 404]);
    const { code, refusal } = await ask(['attesters', 'halt', ...urls, '--dry-run']);
    expect([code, refusal?.message]).toEqual([1, expect.stringContaining('4 of 4 sources answered, and none serves')]);
  });

  test('an event passes the proxy when it happens, not when the stream ends', async () => {
    const stop = new AbortController();
    const first = readStream(`${urls[1]}/v1/events`, path.join(folder, 'ca.pem'), stop.signal);
    await lockTokens(devnet.network, { chainId: 901, by: 'bob', asset: 'USDC', units: 10_000_456n });
    expect(await first).toContain('event: ');
    stop.abort();
  });

  test('a certificate that nobody vouches for is named as what it is', async () => {
    const { code, refusal } = await ask(['account', accountOf('alice')], urls, {});
    expect([code, refusal?.code]).toEqual([75, 'AGGREGATOR_UNREACHABLE']);
    expect(refusal?.message).toContain(`${urls[0]} (its certificate is not trusted: `);
    expect(refusal?.message).toContain('NODE_EXTRA_CA_CERTS');
    const { output } = await ask(['doctor'], urls, {});
    const findings = output['findings'] as { check: string; result: string; detail: string }[];
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: `aggregator ${urls[0]}`,
        detail: expect.stringContaining('its certificate is not trusted'),
      }),
    );
  });

  test('one operator vanishes whole, and locks count at the others', async () => {
    await Promise.all([
      proxies.get(1)?.stop(),
      ...(['aggregator', 'watcher', 'relayer'] as const).map((role) => devnet.running(role, 1)?.kill()),
    ]);
    const mined = await lockTokens(devnet.network, {
      chainId: 902,
      by: 'alice',
      asset: 'WETH',
      units: 3n * 10n ** 17n,
    });
    await awaitMargin(urls.slice(1), '300000000000000000');
    // The first URL is the dead one: commands go on to the next.
    await waitUntil({
      what: 'a lock that is explained as counted',
      withinMs: WITHIN_MS,
      probe: async () => {
        const { output } = await ask(['explain', mined.txHash]);
        return JSON.stringify(output).includes('"outcome":"counted"') ? true : undefined;
      },
    });
    const { code, refusal } = await ask(['status']);
    expect([code, refusal?.message]).toEqual([1, expect.stringContaining(`aggregator ${urls[0]} is not ready`)]);
  });
});

/** Asks over TLS with an authority of our own. */
function get(url: string, authority: string): Promise<{ readonly status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: readFileSync(authority) }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode }));
    });
    asked.on('error', reject).end();
  });
}

/** Returns what a stream brings until it tells of an event. */
function readStream(url: string, authority: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const asked = request(url, { ca: readFileSync(authority), signal }, (response) => {
      response.on('data', (part: Buffer) => {
        seen += part.toString();
        if (/^event: /m.test(seen)) resolve(seen);
      });
      response.on('error', reject);
    });
    asked.on('error', reject).end();
  });
}
