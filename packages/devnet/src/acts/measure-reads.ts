import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

/** Reads to make, evenly spread over a span. */
export interface ReadLoad {
  /** One for each read, in their order. */
  readonly urls: readonly string[];
  readonly perSecond: number;
}

/** Durations of reads in milliseconds from the moment at which each was due. */
export interface ReadTimes {
  readonly reads: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Connections at a time. Reads wait for one where an answer is late, and that counts as their time. */
const CONNECTIONS_MAX = 64;

/**
 * Reads at a fixed rate, whether answers come or not: a read that had to wait for a slow one before it counts its wait.
 * @source Gil Tene, "How NOT to Measure Latency": coordinated omission
 */
export async function measureReads({ urls, perSecond }: ReadLoad): Promise<ReadTimes> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const reads = urls.length;
  const startMs = performance.now();
  const times: number[] = [];
  let failed = 0;
  const readOne = async (url: string, dueMs: number): Promise<void> => {
    if ((await statusOf(url, agent)) !== 200) failed += 1;
    times.push(performance.now() - dueMs);
  };
  const running: Promise<void>[] = [];
  while (running.length < reads) {
    const due = Math.min(reads, Math.floor(((performance.now() - startMs) * perSecond) / 1000) + 1);
    for (const url of urls.slice(running.length, due))
      running.push(readOne(url, startMs + (running.length * 1000) / perSecond));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  agent.destroy();
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { reads, failed, p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** Measures in a thread of its own: this one carries what the processes ask their chains. */
export function measureReadsApart(load: ReadLoad): Promise<ReadTimes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./reads-worker.js', import.meta.url), { workerData: load });
    worker.once('message', resolve).once('error', reject);
  });
}

/** Returns the status of an answer once its body has come; 0 if none came. */
function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    }).once('error', () => resolve(0));
  });
}
