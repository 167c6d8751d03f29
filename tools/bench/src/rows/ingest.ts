import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type HaltStore, type OriginChainReader, createOriginChain } from '@surety/chain';
import { blockHeight } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type RpcTransport, createHttpTransport } from '@surety/rpc';
import type { JournalSpec } from '@surety/workflows';
import { alternate } from '../alternate.js';
import { SERVED_CHAIN_ID, SERVED_EDGE, type ServedChain } from '../ingest/served-edge.js';
import { MeasurementError, type Measurement } from '../row.js';

const BLOCKS = 2_000;
const PER_BLOCK = 50;
const PROVIDERS = 4;
/** 200 blocks of 50 locks: answers of about 6 MB, a fifth of what the reader takes. */
const LOG_SPAN = 200;

/**
 * Verifying 100,000 entries from four providers as a watcher does (final block by quorum, header, proofs, logs, fold,
 * places) against fetching and parsing the very same answers. Node serves them from the memory of another process.
 */
export const ingestRow: Measurement = {
  ids: ['ingest.fetch-floor'],
  measure: async () => {
    const child = fork(fileURLToPath(new URL('../ingest/served-chain.js', import.meta.url)), [
      String(BLOCKS),
      String(PER_BLOCK),
    ]);
    try {
      const served = await new Promise<ServedChain>((resolve, reject) => {
        child.once('message', (told) => resolve(told as ServedChain));
        child.once('exit', (code) => reject(new MeasurementError(`the served chain ended with ${code}`)));
      });
      const url = `http://127.0.0.1:${served.port}`;
      const asked: string[] = [];
      const items = BLOCKS * PER_BLOCK;
      return [
        await alternate({
          id: 'ingest.fetch-floor',
          rounds: 5,
          subject: { items, run: () => verify(served, url, asked) },
          reference: { items, run: () => fetchAll(url, asked) },
          unit: 'entries/s',
          against: 'fetching and parsing the same answers',
          agrees: (ours) => ours === served.head,
          floor: true,
        }),
      ];
    } finally {
      child.disconnect();
    }
  },
};

/** Verifies the whole journal and gives the head it reached; what it asked is left in `asked`. */
async function verify(served: ServedChain, url: string, asked: string[]): Promise<string> {
  asked.length = 0;
  const inner = createHttpTransport({ url });
  const transport: RpcTransport = {
    send: (body, options) => {
      asked.push(body);
      return inner.send(body, options);
    },
  };
  const chain = await openChain(transport);
  const block = await chain.readFinalTip();
  const journal = journalOf(served);
  const frame = await chain.readFrame({
    journal,
    block,
    after: { count: 0n, head: served.edgeId },
    afterBlock: blockHeight(0n),
  });
  if (frame.entries.locations.length !== BLOCKS * PER_BLOCK)
    throw new MeasurementError(`${frame.entries.locations.length} entries were verified`);
  return frame.position.head;
}

async function openChain(transport: RpcTransport): Promise<OriginChainReader> {
  const record = { halt: null, finals: [] };
  const haltStore: HaltStore = { load: async () => record, save: async () => undefined };
  return createOriginChain({
    chainId: SERVED_CHAIN_ID,
    providers: Array.from({ length: PROVIDERS }, (_, at) => ({
      name: `p${at}`,
      operator: `o${at}`,
      transport,
    })),
    finality: { kind: 'finalized-tag' },
    development: true,
    haltStore,
    clock: systemClock,
    observer: { observe: () => undefined },
    limits: { logSpanInitial: LOG_SPAN, logSpanMax: LOG_SPAN },
  });
}

function journalOf(served: ServedChain): JournalSpec {
  return {
    direction: 'to-ledger',
    edge: SERVED_EDGE,
    edgeId: served.edgeId,
    contract: SERVED_EDGE.journal,
    codeHash: served.codeHash,
    fromBlock: blockHeight(1n),
  };
}

async function fetchAll(url: string, asked: readonly string[]): Promise<number> {
  let answers = 0;
  for (const body of asked) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const parsed = JSON.parse(await response.text()) as { result?: unknown };
    if (parsed.result === undefined) throw new MeasurementError('an answer holds no result');
    answers += 1;
  }
  return answers;
}
