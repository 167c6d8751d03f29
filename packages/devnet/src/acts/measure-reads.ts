import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';

/** Reads to make, evenly spread over a span. */
export interface ReadLoad {
  /** The path of one read, by its number. */
  readonly urlOf: (number: number) => string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** How long reads took, in milliseconds from the moment at which each was due. */
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
export async function measureReads({ urlOf, perSecond, seconds }: ReadLoad): Promise<ReadTimes> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const reads = perSecond * seconds;
  const startMs = performance.now();
  const times: number[] = [];
  let failed = 0;
  const readOne = async (number: number, dueMs: number): Promise<void> => {
    if ((await statusOf(urlOf(number), agent)) !== 200) failed += 1;
    times.push(performance.now() - dueMs);
  };
  const running: Promise<void>[] = [];
  while (running.length < reads) {
    const due = Math.min(reads, Math.floor(((performance.now() - startMs) * perSecond) / 1000) + 1);
    for (let number = running.length; number < due; number++)
      running.push(readOne(number, startMs + (number * 1000) / perSecond));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  agent.destroy();
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { reads, failed, p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** Returns the status of an answer once its body has come; 0 if none came. */
function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    }).once('error', () => resolve(0));
  });
}
