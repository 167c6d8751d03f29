import { attesterSetAbi } from '@surety/contracts';
import { type Devnet, SETTLEMENT_CHAIN_ID, awaitReadiness, lockTokens, waitUntil } from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { runSurety } from './run-surety.js';
import { ATTESTERS, type Line, startLine } from './start-line.js';

const ALPHA = 901;
const BETA = 902;
const WITHIN_MS = 60_000;
/** Finality lags two blocks behind the head; this deep undoes what every watcher accepted as final. */
const UNDONE = 12;

let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine({ relayers: 0 });
  devnet = line.devnet;
});
afterAll(() => line?.stop());

test('watchers that see a chain undo final blocks halt its edge on the settlement chain, and no other edge', async () => {
  const vaults = devnet.network.plan.vaults;
  const alpha = vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  const reader = devnet.network.readers.get(SETTLEMENT_CHAIN_ID);
  if (alpha === undefined || reader === undefined) throw new TypeError('alpha has a vault');
  const watchers = Array.from({ length: ATTESTERS }, (_, at) => devnet.running('watcher', at + 1)?.announced ?? '');
  const relayer = await devnet.start('relayer', 1, { SURETY_WATCHER_URLS: watchers.join(',') });
  await awaitReadiness(relayer, WITHIN_MS);
  await lockTokens(devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 5_000_000n });
  for (const url of watchers) expect(await (await fetch(`${url}/v1/halts`)).json()).toEqual({ halts: [] });

  await devnet.network.nodes.get(ALPHA)?.call('anvil_reorg', [UNDONE, []]);
  const { attesterSet } = devnet.network.plan.settlement;
  const haltOf = (edge: `0x${string}`) =>
    reader.readContract({ address: attesterSet, abi: attesterSetAbi, functionName: 'haltOf', args: [edge] });
  await waitUntil({
    what: 'the edge from alpha halted',
    withinMs: WITHIN_MS,
    probe: async () => ((await haltOf(alpha.edgeId))[0] ? true : undefined),
  });
  for (const other of vaults.filter((vault) => vault !== alpha)) expect((await haltOf(other.edgeId))[0]).toBe(false);
  const readyOf = async (url: string): Promise<{ reasons: { code: string }[] }> =>
    (await (await fetch(`${url}/health/ready`)).json()) as { reasons: { code: string }[] };
  // Two of them halt the edge; the third may see the break a poll later.
  await waitUntil({
    what: 'every watcher halted',
    withinMs: WITHIN_MS,
    probe: async () => {
      const all = await Promise.all(watchers.map(readyOf));
      return all.every(({ reasons }) => reasons.some(({ code }) => code === 'HALTED')) ? true : undefined;
    },
  });
});

test('without a relayer anyone halts an edge by what enough watchers signed, once', async () => {
  await devnet.running('relayer', 1)?.kill();
  const beta = devnet.network.plan.vaults.find(({ request }) => Number(request.chainId) === BETA);
  const watchers = Array.from({ length: ATTESTERS }, (_, at) => devnet.running('watcher', at + 1)?.announced ?? '');
  await devnet.network.nodes.get(BETA)?.call('anvil_reorg', [UNDONE, []]);
  const halts = async (url: string): Promise<{ halt: { edge: string } }[]> =>
    ((await (await fetch(`${url}/v1/halts`)).json()) as { halts: { halt: { edge: string } }[] }).halts;
  await waitUntil({
    what: 'a halt of beta’s edge by every watcher',
    withinMs: WITHIN_MS,
    probe: async () => {
      const all = await Promise.all(watchers.map(halts));
      return all.every((own) => own.some(({ halt }) => halt.edge === beta?.edgeId)) ? true : undefined;
    },
  });
  const printed = 'npx surety attesters halt <watchers…> --dry-run';
  const halt = (of: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runSurety(fromRunbook('02', printed, { '<watchers…>': of.join(' '), ...more }), devnet.environmentOf('operator'));
  const few = await halt(watchers.slice(0, 1));
  expect([few.code, few.refusal?.message]).toEqual([1, expect.stringContaining('epoch 1 and nonce 0: 1; expected 2')]);
  expect((await halt(watchers)).output).toMatchObject({ posted: [{ edge: beta?.edgeId, txHash: null }] });
  const sending = { '--dry-run': '--yes' };
  const done = await halt(watchers, sending);
  expect([done.code, done.output]).toMatchObject([0, { posted: [{ edge: beta?.edgeId, signatures: 2 }], refused: [] }]);
  const again = await halt(watchers, sending);
  expect([again.code, again.output]).toMatchObject([0, { posted: [], refused: [] }]);
  expect(again.output['known']).toContain(beta?.edgeId);
});
