import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { awaitReadiness } from './processes/await-readiness.js';
import { type Devnet, type DevnetSpec, type ProcessRole, startDevnet } from './start-devnet.js';

/** Attesters of a campaign's devnet. */
const ATTESTERS = 4;

const READY_WITHIN_MS = 60_000;

/** Runs a campaign on a devnet of its own, with four attesters. Its folder is removed afterwards. */
export async function onCampaignDevnet<Result>(
  name: string,
  spec: Omit<DevnetSpec, 'directory' | 'attesters'>,
  run: (devnet: Devnet) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(path.join(tmpdir(), `surety-${name}-`));
  let devnet: Devnet | undefined;
  try {
    devnet = await startDevnet({ ...spec, directory, attesters: ATTESTERS });
    return await run(devnet);
  } finally {
    await devnet?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns an aggregator, a relayer and watchers, four unless given. */
export function campaignRoles(watchers = ATTESTERS): readonly (readonly [ProcessRole, number])[] {
  return [
    ['aggregator', 1],
    ['relayer', 1],
    ...Array.from({ length: watchers }, (_, at) => ['watcher', at + 1] as const),
  ];
}

/** Starts processes one after another, then waits until all are ready. @throws TIMED_OUT. */
export async function startRoles(devnet: Devnet, roles: ReturnType<typeof campaignRoles>): Promise<void> {
  const started = [];
  for (const [role, number] of roles) started.push(await devnet.start(role, number));
  for (const one of started) await awaitReadiness(one, READY_WITHIN_MS);
}
