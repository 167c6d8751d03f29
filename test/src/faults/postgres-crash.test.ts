import { awaitReadiness, readAppliedCount, readVaultJournalCount, rebuildAggregator, waitUntil } from '@surety/devnet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from '../e2e/start-line.js';
import { findAstray } from './find-astray.js';
import { startLockLoad } from './lock-load.js';
import { type PrivatePostgres, findPostgresBinaries, startPrivatePostgres } from './private-postgres.js';

const CRASHES = 4;
const WITHIN_MS = 90_000;
const binaries = findPostgresBinaries();
if (binaries === undefined)
  process.stdout.write('a crashing PostgreSQL is SKIPPED: no server binaries under /usr/lib/postgresql\n');

describe.runIf(binaries !== undefined)('a PostgreSQL that crashes under the aggregator', () => {
  let postgres: PrivatePostgres | undefined;
  let line: Line | undefined;

  beforeAll(async () => {
    postgres = await startPrivatePostgres(binaries ?? '');
    line = await startLine({ environment: { SURETY_DATABASE_URL: postgres.url } });
  });
  afterAll(async () => {
    await line?.stop();
    await postgres?.remove();
  });

  test('leaves the same state as if it never had', async () => {
    if (line === undefined || postgres === undefined) throw new Error('nothing was started');
    const { devnet } = line;
    const { network } = devnet;
    const load = await startLockLoad(network, { chainId: 901, by: 'bob', perBlock: 4 });
    const inFlight: bigint[] = [];
    let restarts = 0;
    for (let crash = 0; crash < CRASHES; crash++) {
      const before = await readAppliedCount(network, 901);
      await waitUntil({
        what: 'the load applied under way',
        withinMs: WITHIN_MS,
        probe: async () => (await readAppliedCount(network, 901)) > before || undefined,
      });
      inFlight.push((await readVaultJournalCount(network, 901)) - (await readAppliedCount(network, 901)));
      await postgres.crash();
      const journaled = await readVaultJournalCount(network, 901);
      await waitUntil({
        what: 'locks mined while the database is away',
        withinMs: WITHIN_MS,
        probe: async () => (await readVaultJournalCount(network, 901)) > journaled + 4n || undefined,
      });
      await postgres.start();
      if (devnet.running('aggregator')?.alive() !== true) {
        restarts += 1;
        await devnet.start('aggregator', 1, { SURETY_DATABASE_URL: postgres.url });
      }
      const aggregator = devnet.running('aggregator');
      if (aggregator !== undefined) await awaitReadiness(aggregator, WITHIN_MS);
    }
    await load.stop();
    const count = await readVaultJournalCount(network, 901);
    await waitUntil({
      what: `${count} entries applied`,
      withinMs: WITHIN_MS,
      probe: async () => (await readAppliedCount(network, 901)) >= count || undefined,
    });
    const verdict = await findAstray(devnet, ATTESTERS);
    // The rebuilt one stands on SQLite and never saw a crash.
    const { hashBefore, hashAfter } = await rebuildAggregator(devnet);
    process.stdout.write(
      `postgres: ${CRASHES} crashes with ${inFlight.join(', ')} entries in flight, ${restarts} restarts of the aggregator, ${verdict.entries} entries; state hash ${hashAfter}\n`,
    );
    expect(verdict.findings).toEqual([]);
    expect(hashAfter).toBe(hashBefore);
    expect(Math.min(...inFlight.map(Number))).toBeGreaterThan(0);
  });
});
