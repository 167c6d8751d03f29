import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregatorConfig } from '@surety/config';
import { developmentChain } from '@surety/config/testing';
import { keccak256 } from '@surety/contracts';
import { systemClock } from '@surety/process';
import { serveFinalBlocks } from '@surety/rpc/testing';
import { expect, it } from 'vitest';
import type { OriginChainReader } from '@surety/chain';
import { testEdge, testEdgeToVault } from '../testing/test-attesters.js';
import { ledgerSource, openChains } from './configured-chains.js';

it('reads what a quorum holds as final while two providers are a finality step ahead', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'surety-chains-'));
  const finals = [2_192n, 2_192n, 2_000n, 2_000n];
  const served = await Promise.all(finals.map((final) => serveFinalBlocks({ chainId: 901, final }, keccak256)));
  try {
    const endpoints = served.map(({ url }, at) => ({ name: `p${at}`, operator: `o${at}`, url: { reveal: () => url } }));
    const chain = { ...developmentChain(901, 'a'), finality: { rule: 'finalized', stepBlocks: 192 } };
    const config = { stateDir, endpoints: new Map([[901, endpoints]]), network: { chains: [chain] } };
    const observer = { observe: () => undefined };
    const readers = await openChains(config as unknown as AggregatorConfig, { clock: systemClock, observer });
    expect((await readers.get(901)?.readFinalTip())?.height).toBe(2_000n);
  } finally {
    await Promise.all(served.map((provider) => provider.close()));
    rmSync(stateDir, { recursive: true });
  }
});

it('reads the ledger’s journal toward a configured vault from the ledger’s own contract', async () => {
  const [inbound, outbound] = [testEdge(), testEdgeToVault()];
  const position = { count: 0n, head: outbound.edgeId };
  const asked: unknown[] = [];
  const chain = {
    providers: [],
    readFinalTip: async () => ({ height: 9n }),
    readFrame: async ({ journal }: { journal: unknown }) => {
      asked.push(journal);
      return { entries: { packed: new Uint8Array(), locations: [] }, position: { ...position, count: 1n } };
    },
  };
  const { edge, edgeId, direction } = outbound;
  const codeHash = edgeId;
  const contracts = { riskManager: edge.journal, attesterSet: edge.journal };
  const settlement = { chainId: 99, ledger: edge.journal, ledgerCodeHash: codeHash, fromBlock: '3', ...contracts };
  const config = { settlement, network: { chains: [] } } as unknown as AggregatorConfig;
  const chains = new Map([[99, chain as unknown as OriginChainReader]]);
  const { released } = ledgerSource(config, [inbound, outbound], chains, { observe: () => undefined });
  const wanted = { position, to: 1n, anchor: undefined };
  await released.readEntriesAfter({ ...wanted, known: inbound });
  await released.readEntriesAfter({ ...wanted, known: outbound });
  expect(asked).toEqual([{ edge, edgeId, direction, contract: edge.journal, codeHash, fromBlock: 3n }]);
});
