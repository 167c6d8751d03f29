import { cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyFilesIn, openEnvironmentSigner, openHistoryPair } from '@surety/attestation';
import { loadWatcherConfig } from '@surety/config';
import { developmentNetwork } from '@surety/config/testing';
import { keccak256 } from '@surety/contracts';
import {
  type JournalHead,
  address,
  blockHash,
  bytes32,
  bytesToHex,
  edgeBetween,
  edgeId,
  statementPreimage,
} from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Watcher, startWatcher } from './compose.js';
import { rebuildLostHistory } from './rebuild-history.js';

const KEY = `0x${'5e'.repeat(32)}` as const;
const signer = openEnvironmentSigner({ key: KEY, profile: 'development' });
const some = (digit: string): ReturnType<typeof address> => address(`0x${digit.repeat(40)}`);
const edge = edgeId(
  edgeBetween({ settlementChainId: 900n, ledger: some('4'), vaultChainId: 901n, vault: some('1') }, 'to-ledger'),
  keccak256,
);
const statementAt = (count: bigint): JournalHead => ({
  edge,
  count,
  tip: count,
  head: bytes32(bytesToHex(keccak256(new Uint8Array([Number(count)])))),
  blockNumber: count,
  blockHash: blockHash(`0x${'cd'.repeat(32)}`),
  asOf: 1_700_000_000n,
  epoch: 1,
});

let folder = '';
let server: Server;
let url = '';
/** Counts that somebody holds statements of this key for. */
let held: bigint[] = [];
let asked: string[] = [];
const watchers: Watcher[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-own-'));
  held = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    void answer(request.url ?? '').then((body) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(watchers.splice(0).map((watcher) => watcher.stop()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** An aggregator's list of statements: those held, each signed by this key. */
async function answer(path: string): Promise<unknown> {
  const after = BigInt(new URL(path, url).searchParams.get('after') ?? '0');
  const domain = { chainId: 900n, verifyingContract: some('7') };
  const wanted = path.includes(edge) ? held.filter((count) => count > after) : [];
  const statements = await Promise.all(
    wanted.map(async (count) => {
      const statement = statementAt(count);
      const signatures = await signer.sign(statementPreimage(statement, domain, keccak256));
      const { tip, blockNumber, asOf } = statement;
      const texts = { count: String(count), tip: String(tip), blockNumber: String(blockNumber), asOf: String(asOf) };
      return { statement: { ...statement, ...texts }, signers: [signer.address], signatures, complete: false };
    }),
  );
  return { statements };
}

function environment(changes: Record<string, string> = {}): Record<string, string> {
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(developmentNetwork()));
  return {
    SURETY_CONFIG: file,
    SURETY_STATE_DIR: join(folder, 'state'),
    SURETY_HTTP_PORT: '0',
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:9',
    SURETY_ATTESTER_KEY: KEY,
    RPC_A_1: 'http://127.0.0.1:9',
    RPC_S_1: 'http://127.0.0.1:9',
    ...changes,
  };
}

async function start(changes: Record<string, string> = {}): Promise<Watcher> {
  const watcher = await startWatcher(environment(changes), { write: () => undefined });
  watchers.push(watcher);
  return watcher;
}

/** Asks for the readiness until it names a code. */
async function reasonOf(watcher: Watcher, code: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${watcher.url}/health/ready`);
    const { reasons } = (await response.json()) as { reasons: { code: string; detail: string }[] };
    const found = reasons.find((reason) => reason.code === code);
    if (found !== undefined) return `${response.status} ${found.detail}`;
  }
}

async function stop(): Promise<void> {
  await Promise.all(watchers.splice(0).map((watcher) => watcher.stop()));
}

/** Records rows for counts in both stores, as earlier signing would have. */
async function signEarlier(...counts: bigint[]): Promise<void> {
  const pair = openHistoryPair({
    files: historyFilesIn(loadWatcherConfig(environment())),
    address: signer.address,
  });
  for (const count of counts) {
    await pair.record([{ kind: 'head', edge, count, value: statementAt(count).head }]);
  }
  pair.close();
}

describe('a watcher asks at its start', () => {
  it('and with emptied stores a peer’s copy of its own signature retires the key, over restarts when nobody shows it', async () => {
    await signEarlier(3n);
    rmSync(join(folder, 'state'), { recursive: true });
    held = [3n];
    const watcher = await start({ SURETY_PEER_URLS: url });
    expect(await reasonOf(watcher, 'HISTORY_OLDER')).toMatch(/^503 .*holds a valid signature.*rotate to a new one$/);
    expect(asked.some((path) => path.includes(`/v1/edges/${edge}/statements`))).toBe(true);
    await stop();
    held = [];
    expect(await reasonOf(await start(), 'HISTORY_OLDER')).toMatch(/^503 /);
  });

  it('and with both stores restored from an old copy an aggregator’s newer statement retires the key', async () => {
    await signEarlier(3n);
    cpSync(join(folder, 'state'), join(folder, 'backup'), { recursive: true });
    await signEarlier(4n, 5n);
    rmSync(join(folder, 'state'), { recursive: true });
    cpSync(join(folder, 'backup'), join(folder, 'state'), { recursive: true });
    held = [3n, 4n, 5n];
    const watcher = await start({ SURETY_AGGREGATOR_URLS: url });
    expect(await reasonOf(watcher, 'HISTORY_OLDER')).toMatch(/count 4 of edge/);
  });

  it('and signs nothing before the destination has answered, though all that others hold is known', async () => {
    await signEarlier(3n, 4n);
    held = [3n, 4n];
    const watcher = await start({ SURETY_PEER_URLS: url });
    expect(await reasonOf(watcher, 'HISTORY_UNCONFIRMED')).toMatch(/^503 .*has not answered what it holds of this key/);
    const ready = (await (await fetch(`${watcher.url}/health/ready`)).json()) as { reasons: { code: string }[] };
    expect(ready.reasons.map(({ code }) => code)).not.toContain('HISTORY_OLDER');
  });
});

describe('a key behind a remote signer', () => {
  const remote = (to: string): Record<string, string> => ({
    SURETY_ATTESTER_KEY: '',
    SURETY_ATTESTER_SIGNER_URL: to,
    SURETY_ATTESTER_ADDRESS: signer.address,
  });

  it('stops the start while nobody answers there, and when the one who answers does not hold it', async () => {
    await expect(start(remote('http://127.0.0.1:9'))).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
      retryable: true,
    });
    await expect(start(remote(url))).rejects.toMatchObject({ code: 'SIGNER_REFUSED' });
    expect(asked).toEqual(['/upcheck', '/api/v1/eth1/publicKeys']);
  });
});

describe('a lost store of the history', () => {
  it('stops the watcher with the command that rebuilds it, and the command lets it start again', async () => {
    await signEarlier(3n, 4n, 5n);
    const { second } = historyFilesIn(loadWatcherConfig(environment()));
    rmSync(second);
    await expect(start()).rejects.toMatchObject({
      code: 'HISTORY_STORE_BEHIND',
      message: expect.stringContaining('rebuild-history second'),
    });
    await expect(rebuildLostHistory(environment(), 'third')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const stranger = vi.spyOn(process, 'geteuid').mockReturnValue(statSync(folder).uid + 7);
    await expect(rebuildLostHistory(environment(), 'second')).rejects.toMatchObject({
      code: 'NOT_OWNER',
      message: expect.stringContaining("program.mjs rebuild-history second, with the watcher's environment"),
    });
    stranger.mockRestore();
    expect(existsSync(second)).toBe(false);
    expect(await rebuildLostHistory(environment(), 'second')).toMatch(/holds the 3 rows of/);
    expect((await start()).url).toMatch(/^http/);
  });
});
