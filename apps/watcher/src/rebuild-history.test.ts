import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyFilesIn, openEnvironmentSigner, openHistoryPair } from '@surety/attestation';
import { createFileHaltStore } from '@surety/chain';
import { loadWatcherConfig } from '@surety/config';
import { developmentNetwork } from '@surety/config/testing';
import { blockHash, blockHeight, bytes32, chainId } from '@surety/domain';
import { systemClock } from '@surety/process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebuildLostHistory } from './rebuild-history.js';

const KEY = `0x${'5e'.repeat(32)}` as const;
const [SIGNED, ALSO_SIGNED, WATCHED, NEW] = [901, 902, 903, 904];
const word = (byte: string) => bytes32(`0x${byte.repeat(32)}`);

let folder = '';
let environment: Record<string, string> = {};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-rebuild-'));
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(developmentNetwork()));
  environment = {
    SURETY_CONFIG: file,
    SURETY_STATE_DIR: join(folder, 'state'),
    SURETY_HISTORY_DIR: join(folder, 'other'),
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:9',
    SURETY_ATTESTER_KEY: KEY,
    RPC_A_1: 'http://127.0.0.1:9',
    RPC_S_1: 'http://127.0.0.1:9',
  };
  const { address } = openEnvironmentSigner({ key: KEY, profile: 'development' });
  const pair = openHistoryPair({ files: filesNow(), address });
  await pair.record([
    { kind: 'block', chainId: SIGNED, height: 7n, value: word('aa') },
    { kind: 'block', chainId: SIGNED, height: 8n, value: word('ab') },
    { kind: 'block', chainId: ALSO_SIGNED, height: 7n, value: word('aa') },
    { kind: 'head', edge: word('ed'), count: 1n, value: word('ac') },
  ]);
  pair.close();
  for (const id of [SIGNED, ALSO_SIGNED, WATCHED])
    await recordOf(id).save({ halt: null, finals: [{ height: blockHeight(8n), hash: blockHash(word('ab')) }] });
});

afterEach(() => rmSync(folder, { recursive: true }));

const filesNow = () => historyFilesIn(loadWatcherConfig(environment));

const recordOf = (id: number) =>
  createFileHaltStore({
    path: join(folder, 'state', `final-${id}.json`),
    chainId: chainId(id),
    clock: systemClock,
  });

const isHalted = (id: number): Promise<boolean> =>
  recordOf(id)
    .load()
    .then(({ halt }) => halt !== null);

const haltedNow = (): Promise<boolean[]> => Promise.all([SIGNED, ALSO_SIGNED, WATCHED, NEW].map(isHalted));

describe('a history that is rebuilt', () => {
  it.each([{ isMade: true }, { isMade: false }])(
    'after its disk was lost has each chain of which it signed halted, and no other (folder made: $isMade)',
    async ({ isMade }) => {
      rmSync(join(folder, 'state'), { recursive: true });
      if (isMade) mkdirSync(join(folder, 'state'));
      const told = await rebuildLostHistory(environment, 'first');
      expect(told).toContain(
        `the records of final blocks of chains ${SIGNED}, ${ALSO_SIGNED} are gone too: each reads as halted until it was checked by hand and cleared with \`surety clear-halt ${join(folder, 'state')} --chain <chain id>\` (runbook 02)`,
      );
      expect(await haltedNow()).toEqual([true, true, false, false]);
    },
  );

  it('says so again where it is repeated, as after a crash', async () => {
    rmSync(join(folder, 'state'), { recursive: true });
    await rebuildLostHistory(environment, 'first');
    expect(await rebuildLostHistory(environment, 'first')).toContain(`chains ${SIGNED}, ${ALSO_SIGNED} are gone`);
    expect(await haltedNow()).toEqual([true, true, false, false]);
  });

  it('leaves records that are still there as they are', async () => {
    rmSync(filesNow().first);
    expect(await rebuildLostHistory(environment, 'first')).not.toContain('halted');
    expect(await haltedNow()).toEqual([false, false, false, false]);
    expect((await recordOf(SIGNED).load()).finals).toHaveLength(1);
  });

  it('halts nothing where the other disk was lost, or where the whole store is gone', async () => {
    rmSync(join(folder, 'other'), { recursive: true });
    expect(await rebuildLostHistory(environment, 'second')).not.toContain('halted');
    expect(await haltedNow()).toEqual([false, false, false, false]);
    rmSync(join(folder, 'other'), { recursive: true });
    await expect(rebuildLostHistory(environment, 'first')).rejects.toMatchObject({ code: 'HISTORY_MISSING' });
    expect(existsSync(filesNow().second)).toBe(false);
    expect(await haltedNow()).toEqual([false, false, false, false]);
  });
});
