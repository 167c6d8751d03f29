import type { Clock } from '@surety/workflows';
import { chainError, describeError } from '../errors.js';
import type { ChainLimits } from '../limits.js';
import type { RpcProvider } from '../rpc/rpc-provider.js';

/** A question to every provider for the height it holds as final. */
export interface FinalHeightQuestion {
  readonly providers: readonly RpcProvider[];
  readonly quorum: number;
  readonly ask: (provider: RpcProvider) => Promise<bigint>;
  /** Highest final height each provider has ever stated; kept by the caller, raised here. */
  readonly stated: Map<string, bigint>;
  readonly limits: ChainLimits;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the highest height that a quorum of the configured providers holds as final: the q-th highest answer. Waits for
 * a quorum of answers, then a little for the rest. A provider whose height fell is left out.
 * @throws NO_QUORUM if fewer answer, or if so many lag far behind the others that no quorum speaks for the newest part.
 */
export async function readFinalHeight(question: FinalHeightQuestion): Promise<bigint> {
  const heights: bigint[] = [];
  const reasons: string[] = [];
  await collect(question, heights, reasons);
  if (question.signal?.aborted === true) throw chainError('ABORTED', 'the final height was stopped by its caller');
  const { quorum, providers, limits } = question;
  if (heights.length < quorum) {
    throw chainError(
      'NO_QUORUM',
      `${heights.length} of ${providers.length} providers state a final height, expected ${quorum}; ${reasons.join('; ')}`,
      { context: { agreed: heights.length, needed: quorum, configured: providers.length } },
    );
  }
  heights.sort((left, right) => (left < right ? 1 : left > right ? -1 : 0));
  const agreed = heights[quorum - 1] ?? 0n;
  const ahead = heights[providers.length - quorum] ?? agreed;
  if (ahead - agreed > BigInt(limits.lagBlocksMax)) {
    throw chainError(
      'NO_QUORUM',
      `${quorum} of ${providers.length} providers reach only final height ${agreed} while others are at ${ahead}; ` +
        `expected a lag of at most ${limits.lagBlocksMax} blocks, check the ones behind`,
      { context: { agreed, ahead } },
    );
  }
  return agreed;
}

/** Resolves when all answered, or a while after a quorum did. */
async function collect(question: FinalHeightQuestion, heights: bigint[], reasons: string[]): Promise<void> {
  const enough = new AbortController();
  let closed = false;
  let reached: () => void = () => undefined;
  const quorate = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const asked = question.providers.map(async (provider) => {
    try {
      const height = requireForward(provider, await question.ask(provider), question.stated);
      if (closed) return;
      heights.push(height);
      if (heights.length >= question.quorum) reached();
    } catch (error) {
      if (!closed) reasons.push(`${provider.name} ${describeError(error)}`);
    }
  });
  const all = Promise.all(asked);
  await Promise.race([all, quorate]);
  await Promise.race([all, question.clock.sleep(question.limits.stragglerMs, enough.signal)]);
  closed = true;
  enough.abort();
}

function requireForward(provider: RpcProvider, height: bigint, stated: Map<string, bigint>): bigint {
  const before = stated.get(provider.name);
  if (before !== undefined && height < before) {
    throw provider.report(
      chainError('HEAD_WENT_BACK', `its final height fell from ${before} to ${height}; expected it never to fall`),
    );
  }
  stated.set(provider.name, height);
  return height;
}
