import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Devnet, awaitReadiness, startDevnet } from '@surety/devnet';

/** Members of the attester set in every end-to-end test. */
export const ATTESTERS = 4;

/** A running line: chains, four watchers, an aggregator and a relayer. */
export interface Line {
  readonly devnet: Devnet;
  /** Ends everything and removes what it wrote. */
  stop(): Promise<void>;
}

/** Starts the line, without a relayer where a test relays by hand, and waits until every process is ready. */
export async function startLine(options: { readonly relayers?: number } = {}): Promise<Line> {
  const directory = mkdtempSync(path.join(tmpdir(), 'surety-e2e-'));
  const devnet = await startDevnet({ directory, blockSeconds: 1, attesters: ATTESTERS });
  const stop = async (): Promise<void> => {
    await devnet.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const aggregator = await devnet.start('aggregator');
    const others = [
      ...Array.from({ length: ATTESTERS }, (_, at) => devnet.start('watcher', at + 1)),
      ...Array.from({ length: options.relayers ?? 1 }, (_, at) => devnet.start('relayer', at + 1)),
    ];
    for (const one of [aggregator, ...(await Promise.all(others))]) await awaitReadiness(one, 60_000);
    return { devnet, stop };
  } catch (error) {
    await devnet.stop();
    throw error;
  }
}
