import { chainId } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type LyingTransport, RecordingObserver, lyingProviders } from '@surety/rpc/testing';
import type { ChainRecord, HaltStore } from '../halt/halt-store.js';
import { type OriginChainOptions, type OriginChainReader, createOriginChain } from '../create-origin-chain.js';

/** A halt record in memory. */
export class MemoryHaltStore implements HaltStore {
  record: ChainRecord = { halt: null, finals: [] };
  saves = 0;

  load(): Promise<ChainRecord> {
    return Promise.resolve(this.record);
  }

  save(record: ChainRecord): Promise<void> {
    this.record = record;
    this.saves += 1;
    return Promise.resolve();
  }
}

/** Opens a reader over a local node with four providers, with everything that tests inspect. */
export async function openTestChain(
  node: { readonly url: string; readonly chainId: number },
  overrides: Partial<OriginChainOptions> = {},
): Promise<{ chain: OriginChainReader; transports: LyingTransport[]; observer: RecordingObserver; store: HaltStore }> {
  const { transports, configs } = lyingProviders([node.url]);
  const observer = new RecordingObserver();
  const store = overrides.haltStore ?? new MemoryHaltStore();
  const chain = await createOriginChain({
    chainId: chainId(node.chainId),
    providers: configs,
    finality: { kind: 'finalized-tag' },
    clock: systemClock,
    observer,
    ...overrides,
    haltStore: store,
    limits: { callTimeoutMs: 15_000, pollIntervalMs: 20, ...overrides.limits },
  });
  return { chain, transports, observer, store };
}
