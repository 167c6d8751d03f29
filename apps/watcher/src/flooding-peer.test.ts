import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregatorClient, StatementView } from '@surety/client';
import { loadWatcherConfig } from '@surety/config';
import { developmentNetwork } from '@surety/config/testing';
import { type Hex, address, blockHash, bytes32 } from '@surety/domain';
import { systemClock } from '@surety/process';
import type { AttestationLog } from '@surety/workflows';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { journalsOf } from './journals-of.js';
import { ownStatementSources } from './own-statement-sources.js';

const OWN = address(`0x${'5e'.repeat(20)}`);
const STRANGER = address(`0x${'66'.repeat(20)}`);
const signatureOf = (digit: string): string => digit.repeat(130);
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-flood-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a watcher reads of a peer that lists 3,000 rows a page, as many pages as it is asked for, of 31 signers each. */
async function readFlood(signers: readonly ReturnType<typeof address>[]) {
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(developmentNetwork()));
  const config = loadWatcherConfig({
    SURETY_CONFIG: file,
    SURETY_STATE_DIR: folder,
    SURETY_HTTP_PORT: '0',
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:9',
    SURETY_ATTESTER_KEY: `0x${'5e'.repeat(32)}`,
    RPC_A_1: 'http://127.0.0.1:9',
    RPC_S_1: 'http://127.0.0.1:9',
  });
  const [attested] = journalsOf(config);
  if (attested === undefined) throw new TypeError('the network has a journal');
  const { journal } = attested;
  let pages = 0;
  const readStatements: AggregatorClient['readStatements'] = async ({ after }) => {
    pages += 1;
    return Array.from({ length: 3_000 }, (_, at): StatementView => {
      const count = after + BigInt(at) + 1n;
      const word = bytes32(`0x${'aa'.repeat(32)}`);
      const place = {
        count,
        tip: count,
        head: word,
        blockNumber: count,
        blockHash: blockHash(word),
        asOf: 1n,
        epoch: 1,
      };
      const signatures: Hex = `0x${signers.map((one) => signatureOf(one === OWN ? '5' : '6')).join('')}`;
      return { statement: { edge: journal.edgeId, ...place }, signers, signatures, complete: false };
    });
  };
  const peer = { origin: 'http://peer', readStatements } as unknown as AggregatorClient;
  const sources = ownStatementSources({
    config,
    journal,
    signer: OWN,
    log: {} as AttestationLog,
    aggregators: [],
    peers: [peer],
    clock: systemClock,
    observer: { observe: () => undefined },
  });
  const source = sources.find(({ kind }) => kind === 'peer');
  const found = (await source?.read({ edge: journal.edgeId, after: 0n }, new AbortController().signal)) ?? [];
  return { found, pages };
}

it('takes nothing of a peer that lists what others signed, however much that is', async () => {
  const { found, pages } = await readFlood(Array.from({ length: 31 }, () => STRANGER));
  expect([found.length, pages]).toEqual([0, 100]);
});

it('takes at most 100 pages of 100 of a peer, and of each row the one signature that it calls the watcher’s', async () => {
  const { found, pages } = await readFlood([...Array.from({ length: 30 }, () => STRANGER), OWN]);
  expect([found.length, pages]).toEqual([10_000, 100]);
  expect(new Set(found.map(({ signatures }) => signatures))).toEqual(new Set([`0x${signatureOf('5')}`]));
});
