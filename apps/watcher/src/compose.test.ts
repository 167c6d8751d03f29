import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@surety/config';
import { developmentNetwork } from '@surety/config/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Watcher, startWatcher } from './compose.js';

const CANARY = 'canary-of-a-provider-key';
const KEY = `0x${'5e'.repeat(32)}`;
/** The same key under the password `right`, as a wallet writes it. */
const KEYSTORE = {
  version: 3,
  id: '03030303-0303-4303-8303-030303030303',
  address: 'd8291e50e2e68fb2c70d77ccdc707d291a89f209',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '03'.repeat(16) },
    ciphertext: '326dd77d2b866a3c2ef6b6ae82214b9ab6a8d3e8f8b8e9bd3a62f60019c0b73b',
    kdf: 'scrypt',
    kdfparams: { n: 4096, r: 8, p: 1, dklen: 32, salt: '03'.repeat(32) },
    mac: '963418b37b1f300895a3bd419d9a17ba09a2dacdeb013595c86eec9b5ddb3d4d',
  },
};
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
  writeFileSync(file, JSON.stringify(developmentNetwork()));
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
    writeFileSync(file, JSON.stringify(KEYSTORE));
    writeFileSync(join(folder, 'password'), 'wrong\n');
    const changes = {
      SURETY_ATTESTER_KEY: '',
      SURETY_ATTESTER_KEYSTORE_FILE: file,
      SURETY_ATTESTER_PASSWORD_FILE: join(folder, 'password'),
    };
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

  it('to make reports without a file of its own markets', async () => {
    const file = join(folder, 'markets.json');
    const changes = { SURETY_REPORT_PROTOCOLS: `0x${'bb'.repeat(20)}`, SURETY_REPORT_MARKETS_FILE: file };
    for (const text of [undefined, '{"ETH":5}', '[']) {
      if (text !== undefined) writeFileSync(file, text);
      await expect(start(changes)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        // A file that is not there may be mounted later.
        retryable: text === undefined,
        message: expect.stringContaining(`SURETY_REPORT_MARKETS_FILE: ${file} cannot be read as markets`),
      });
    }
    writeFileSync(file, '{"ETH":{"settlement":"USD","dailyVolume":"1","dailyVol":"0.1"}}');
    const { url } = await start(changes);
    expect(await ask(`${url}/v1/reports`)).toEqual({ status: 200, body: '{"reports":[]}' });
    expect(await ask(`${url}/v1/report-inputs`)).toEqual({ status: 200, body: '{"files":[]}' });
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
    expect(announced).toContainEqual(expect.objectContaining({ msg: 'listening', service: 'watcher', url }));
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
