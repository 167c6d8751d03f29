import { join } from 'node:path';
import {
  type FinalityRule,
  type OriginChainReader,
  createFileHaltStore,
  createOriginChain,
  lagBlocksOf,
} from '@surety/chain';
import type { WatcherConfig } from '@surety/config';
import { type ChainId, chainId } from '@surety/domain';
import { createHttpTransport } from '@surety/rpc';
import type { Clock, Observer } from '@surety/workflows';

/** One chain of chains.config.json. */
export type ConfiguredChain = WatcherConfig['network']['chains'][number];

/** Looks for a new head are never rarer nor more frequent than this, but for the pause after one. */
const POLL_MS = { min: 200, max: 1_000 };

/** Returns the path of a chain's record of final blocks and halts. */
export function finalRecordOf({ stateDir }: Pick<WatcherConfig, 'stateDir'>, id: ChainId): string {
  return join(stateDir, `final-${id}.json`);
}

/** Opens the reader of one configured chain; its record of final blocks and halts lies in the state folder. @throws BAD_OPTIONS. */
export function originChainOf(
  config: WatcherConfig,
  chain: ConfiguredChain,
  tools: { readonly clock: Clock; readonly observer: Observer },
): Promise<OriginChainReader> {
  const id = chainId(chain.chainId);
  const { logRangeMax, callsPerFrameMax, requestTimeoutMs, responseBytesMax } = chain.limits;
  return createOriginChain({
    chainId: id,
    providers: (config.endpoints.get(chain.chainId) ?? []).map(({ name, operator, url }) => ({
      name,
      operator,
      transport: createHttpTransport({ url: url.reveal() }),
    })),
    finality: finalityOf(chain),
    development: chain.development,
    haltStore: createFileHaltStore({
      path: finalRecordOf(config, id),
      chainId: id,
      clock: tools.clock,
    }),
    clock: tools.clock,
    observer: tools.observer,
    limits: {
      callTimeoutMs: requestTimeoutMs,
      responseBytesMax,
      callsPerFrameMax,
      logSpanInitial: Math.min(2_000, logRangeMax),
      logSpanMax: logRangeMax,
      pollIntervalMs: Math.max(POLL_MS.min, Math.min(POLL_MS.max, Math.round(chain.blockTimeMs / 4))),
      blockTimeMs: chain.blockTimeMs,
      lagBlocksMax: lagBlocksOf(chain.finality),
    },
  });
}

/** Returns the rule under which the chain's reader calls a block final. */
function finalityOf({ finality, development }: ConfiguredChain): FinalityRule {
  if (finality.rule === 'finalized') return { kind: 'finalized-tag' };
  const depth = BigInt(finality.depth);
  return development ? { kind: 'development', depth } : { kind: 'depth', depth, reason: finality.reason };
}
