import type { AggregatorClient, AssetsAnswer, EngineTermsAnswer, MarginView } from '@surety/client';
import type { Bytes32 } from '@surety/domain';

/** An account's margin with the terms of the same block, and the names of assets. */
export interface WeighedReading {
  readonly margin: MarginView;
  readonly terms: EngineTermsAnswer;
  readonly assets: AssetsAnswer['assets'];
}

/** Blocks may come between two reads; a chain of one second leaves room for this many. */
const TRIES_MAX = 5;

/** Reads an account's margin and the terms of its block. @throws if blocks come faster than both are read, or a read fails. */
export async function readWeighed(
  client: AggregatorClient,
  account: Bytes32,
  signal: AbortSignal,
): Promise<WeighedReading> {
  const { assets } = await client.readAssets(signal);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const [margin, terms] = await Promise.all([client.readMargin(account, signal), client.readTerms(signal)]);
    if (margin.block.hash === terms.block.hash) return { margin, terms, assets };
  }
  throw new Error(`margin and terms were of two blocks ${TRIES_MAX} times; expected one; the page asks again`);
}

/** Returns the name of a line's chain as people know it. */
export function chainNameOf(assets: AssetsAnswer['assets'], line: { assetId: number; chainId: number }): string {
  return assets.find(({ assetId }) => assetId === line.assetId)?.chain ?? String(line.chainId);
}
