import type { Devnet, ProcessRole } from '../start-devnet.js';
import { awaitReadiness } from '../processes/await-readiness.js';
import type { Narrator } from './narrator.js';

const READY_WITHIN_MS = 60_000;

/** Starts an aggregator, then all watchers and a relayer, and waits until they are ready. @throws TIMED_OUT. */
export async function startProcesses(devnet: Devnet, narrator: Narrator, attesters: number): Promise<void> {
  narrator.line(`four providers in front of each chain for every process: ${devnet.proxy.controlUrl} makes them lie`);
  const start = async (role: ProcessRole, number?: number): Promise<void> => {
    const started = await devnet.start(role, number);
    await awaitReadiness(started, READY_WITHIN_MS);
    narrator.line(`${started.name.padEnd(12)} ready, pid ${started.pid}, ${started.announced}`);
  };
  await start('aggregator');
  await Promise.all([...Array.from({ length: attesters }, (_, at) => start('watcher', at + 1)), start('relayer')]);
}
