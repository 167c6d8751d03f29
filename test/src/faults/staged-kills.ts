import {
  CHAINS,
  type Devnet,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  awaitReadiness,
  readAppliedCount,
  readVaultJournalCount,
  waitUntil,
} from '@surety/devnet';
import type { KillCampaign } from './kill-campaign.js';

/** Points that a running line never passes, with the suite that dies there. */
export const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['watcher.halt.detected', 'test/src/faults/finality.test.ts'],
  ['watcher.halt.recorded', 'test/src/faults/finality.test.ts'],
  ['aggregator.edge.rewound', 'test/src/e2e/rewinds.test.ts'],
  // Only the command that rebuilds a lost store passes these.
  ['attester.rebuild.written', 'packages/attestation/src/open-history-pair.test.ts'],
  ['attester.rebuild.moved-aside', 'packages/attestation/src/open-history-pair.test.ts'],
  // Only an outbox that lost a row leaves a gap.
  ['relayer.send.gap-filled', 'packages/transactions/src/kill.test.ts'],
]);

/** Points that a line passes only when something else went wrong before; each has a stage below. */
export const STAGED: ReadonlySet<string> = new Set([
  'aggregator.start.half-migrated',
  'aggregator.start.history-half-migrated',
  'watcher.delivery.stepping-back',
  'attester.history.half-adopted',
  'attester.start.healed',
  'relayer.flight.resent',
  'relayer.flight.replacement-signed',
  'relayer.flight.replaced',
  'relayer.refresh.chosen',
]);

/** More than half of the age at which a source is stale, in seconds. */
const AGED_S = 3_300;
const READY_MS = 60_000;

/** Brings about what staged points need while locks come in, one after the other, and kills there. */
export async function workOffStaged(campaign: KillCampaign, devnet: Devnet): Promise<void> {
  await healHistory(campaign);
  await loseDatabase(campaign, devnet);
  await stallSettlement(campaign, devnet);
}

/**
 * Records of a life until new rows are written: after a death between history and signature the first ones repeat what both
 * stores hold, and leave nothing to bring in step.
 */
const RECORDS_REPEATED = 8;

/** A watcher died between its two stores: the next start brings the second up to the first, and dies over that. */
async function healHistory(campaign: KillCampaign): Promise<void> {
  const watcher = { role: 'watcher', number: 1 } as const;
  for (const point of ['attester.history.half-adopted', 'attester.start.healed']) {
    await campaign.kill(watcher, { point: 'attester.history.one-recorded', passing: RECORDS_REPEATED });
    await campaign.kill(watcher, { point, passing: 1 });
  }
}

/** The aggregator's database is gone: it dies twice while it makes a new one, and a watcher while it hands in again. */
async function loseDatabase(campaign: KillCampaign, devnet: Devnet): Promise<void> {
  const aggregator = { role: 'aggregator', number: 1 } as const;
  await campaign.kill(
    { role: 'watcher', number: 1 },
    { point: 'watcher.delivery.stepping-back', passing: 1 },
    async () => {
      await devnet.running('aggregator')?.kill();
      await devnet.deleteAggregatorDatabase();
      for (const point of ['aggregator.start.half-migrated', 'aggregator.start.history-half-migrated'])
        await campaign.kill(aggregator, { point, passing: 1 });
      await devnet.start('aggregator');
    },
  );
  await awaitReadiness(await devnet.start('watcher', 1), READY_MS);
  await awaitProgress(devnet.network);
}

/** The settlement chain stands still, or its node forgets what waits: transactions are sent again, and at a higher price. */
async function stallSettlement(campaign: KillCampaign, devnet: Devnet): Promise<void> {
  const relayer = { role: 'relayer', number: 1 } as const;
  const node = devnet.network.nodes.get(SETTLEMENT_CHAIN_ID);
  for (const point of ['relayer.flight.replacement-signed', 'relayer.flight.replaced']) {
    await node?.startBlocks(0);
    await campaign.kill(relayer, { point, passing: 1 });
    await devnet.start('relayer');
    await mineOn(devnet);
  }
  await node?.startBlocks(0);
  await campaign.kill(relayer, { point: 'relayer.flight.resent', passing: 1 }, () => dropUntilDead(devnet));
  await devnet.start('relayer');
  await mineOn(devnet);
}

/** Blocks come again, and the line applies what waited and more. */
async function mineOn({ network }: Devnet): Promise<void> {
  await network.nodes.get(SETTLEMENT_CHAIN_ID)?.startBlocks(1);
  await awaitProgress(network);
}

/** The line is whole again: what was journaled by now is applied. */
async function awaitProgress(network: LocalNetwork): Promise<void> {
  const wanted = await readVaultJournalCount(network, 901);
  await waitUntil({
    what: `${wanted} entries applied again`,
    withinMs: READY_MS,
    probe: async () => (await readAppliedCount(network, 901)) >= wanted || undefined,
  });
}

async function dropUntilDead(devnet: Devnet): Promise<void> {
  await waitUntil({
    what: 'a relayer dead whose transactions are forgotten',
    withinMs: 20_000,
    everyMs: 200,
    probe: async () => {
      await devnet.network.nodes.get(SETTLEMENT_CHAIN_ID)?.call('anvil_dropAllTransactions');
      return devnet.running('relayer')?.alive() === true ? undefined : true;
    },
  });
}

/** Nothing is locked for most of an hour: freshness alone is posted, and the relayer dies over it. */
export async function letAge(campaign: KillCampaign, devnet: Devnet): Promise<void> {
  await campaign.kill({ role: 'relayer', number: 1 }, { point: 'relayer.refresh.chosen', passing: 1 }, async () => {
    for (const { chainId } of CHAINS) await devnet.network.nodes.get(chainId)?.call('evm_increaseTime', [AGED_S]);
  });
  await devnet.start('relayer');
}
