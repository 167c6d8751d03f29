import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCRYPT_LIGHT, encryptKeystore, writeKeystoreFile } from '@surety/attestation';
import type { Environment } from '@surety/config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Watcher, startWatcher } from './compose.js';

const CANARY = 'canary-of-a-provider-key';
const KEY = `0x${'5e'.repeat(32)}`;
const some = (digit: string): string => `0x${digit.repeat(40)}`;
let folder = '';
let deadUrl = '';
const watchers: Watcher[] = [];
let lines: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-watcher-'));
  deadUrl = `http://127.0.0.1:${await freePort()}/${CANARY}`;
  lines = [];
});

afterEach(async () => {
  await Promise.all(watchers.splice(0).map((watcher) => watcher.stop()));
  rmSync(folder, { recursive: true });
});

/** A port on which nobody listens: asked of the system and given back. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function environment(changes: Record<string, string> = {}): Environment {
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(network()));
  return {
    SURETY_CONFIG: file,
    SURETY_STATE_DIR: join(folder, 'state'),
    SURETY_HTTP_PORT: '0',
    SURETY_AGGREGATOR_URLS: new URL(deadUrl).origin,
    SURETY_ATTESTER_KEY: KEY,
    RPC_A_1: deadUrl,
    RPC_S_1: deadUrl,
    ...changes,
  };
}

function network(): unknown {
  const chain = (chainId: number, name: string): Record<string, unknown> => ({
    chainId,
    name,
    development: true,
    blockTimeMs: 1_000,
    finality: { rule: 'finalized', stepBlocks: 4, reason: 'a local chain with a finalized tag' },
    frameLength: 1,
    frameReason: 'every block, so that a test is quick',
    providers: [{ name: `${name}-1`, operator: 'me', urlEnv: `RPC_${name.toUpperCase()}_1` }],
    limits: { logRangeMax: 1_000, callsPerFrameMax: 64, requestTimeoutMs: 500, responseBytesMax: 1_048_576 },
  });
  const asset = {
    index: 1,
    assetId: 1,
    symbol: 'USDC',
    token: some('3'),
    decimals: 6,
    underlying: 1,
    cap: '10',
    minimum: '1',
  };
  return {
    version: 1,
    profile: 'development',
    settlement: {
      chainId: 900,
      ledger: some('4'),
      ledgerCodeHash: `0x${'ab'.repeat(32)}`,
      lens: some('5'),
      riskManager: some('6'),
      attesterSet: some('7'),
      fromBlock: '1',
      underlyings: [{ id: 1, symbol: 'USD', feed: some('8'), priceMaxAgeS: 3_600 }],
    },
    attesters: { epoch: 1, members: ['1', '2', '3', '4'].map(some) },
    chains: [
      chain(900, 's'),
      {
        ...chain(901, 'a'),
        vault: {
          address: some('1'),
          codeHash: `0x${'ab'.repeat(32)}`,
          source: 1,
          generation: 0,
          fromBlock: '1',
          attesterSet: some('2'),
          assets: [{ ...asset, baseI: 9_500, baseM: 9_800 }],
        },
      },
    ],
  };
}

async function start(changes: Record<string, string> = {}): Promise<Watcher> {
  const watcher = await startWatcher(environment(changes), { write: (line) => void lines.push(line) });
  watchers.push(watcher);
  return watcher;
}

function ask(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('startWatcher refuses', () => {
  it('a wrong keystore password', async () => {
    const file = join(folder, 'attester.json');
    const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(3);
    const privateKey = new Uint8Array(32).fill(0x5e);
    writeKeystoreFile(file, await encryptKeystore({ privateKey, password: 'right', randomBytes, cost: SCRYPT_LIGHT }));
    writeFileSync(join(folder, 'password'), 'wrong\n');
    const changes = { SURETY_ATTESTER_KEYSTORE_FILE: file, SURETY_ATTESTER_PASSWORD_FILE: join(folder, 'password') };
    await expect(start(changes)).rejects.toMatchObject({ code: 'KEYSTORE_PASSWORD_WRONG' });
    writeFileSync(join(folder, 'password'), 'right\n');
    expect((await start(changes)).url).toMatch(/^http/);
  });

  it('a signing history that is another key’s', async () => {
    await (await start()).stop();
    watchers.length = 0;
    await expect(start({ SURETY_ATTESTER_KEY: `0x${'6f'.repeat(32)}` })).rejects.toMatchObject({
      code: 'HISTORY_CORRUPT',
    });
  });

  it('a port that is taken', async () => {
    const first = await start();
    const port = new URL(first.url).port;
    const changes = { SURETY_HTTP_PORT: port, SURETY_STATE_DIR: join(folder, 'other') };
    await expect(start(changes)).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
  });
});

describe('startWatcher', () => {
  it('announces its port, lives, and says why it cannot sign', async () => {
    const { url } = await start();
    const announced = lines.map((line): unknown => JSON.parse(line));
    expect(announced).toContainEqual({ level: 'info', msg: 'listening', service: 'watcher', url });
    expect(await ask(`${url}/health/live`)).toMatchObject({ status: 200 });
    const { status, body } = await ask(`${url}/health/ready`);
    expect(status).toBe(503);
    expect(body).toContain('chain 901');
    expect(await ask(`${url}/metrics`)).toMatchObject({
      status: 200,
      body: expect.stringContaining('surety_events_total'),
    });
  });

  it('shows neither its key nor a provider’s address in any output', async () => {
    const watcher = await start({ SURETY_LOG_LEVEL: 'debug' });
    const pages = await Promise.all(['/health/ready', '/metrics'].map((path) => ask(`${watcher.url}${path}`)));
    await watcher.stop();
    watchers.length = 0;
    const output = `${lines.join('')}${pages.map(({ body }) => body).join('')}`;
    expect(output).not.toContain(CANARY);
    expect(output).not.toContain(KEY.slice(2));
  });
});
