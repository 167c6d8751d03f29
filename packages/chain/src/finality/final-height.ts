import { type RpcProvider, describeError } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import { chainError } from '../errors.js';
import type { ChainLimits } from '../limits.js';

/** A request to every provider for its final height. */
export interface FinalHeightQuestion {
  readonly providers: readonly RpcProvider[];
  readonly quorum: number;
  readonly ask: (provider: RpcProvider) => Promise<bigint>;
  /** Each provider's last final height; owned by the caller, updated here. */
  readonly stated: Map<string, bigint>;
  readonly limits: ChainLimits;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

interface Stated {
  readonly provider: RpcProvider;
  readonly height: bigint;
}

/**
 * Returns the highest height that a quorum of the configured providers holds as final: the q-th highest answer. Waits for
 * a quorum of answers, then a little for the rest. A height that fell or lies far from the others' counts against its
 * provider; taking the q-th highest already keeps any N − q of them from moving the result up or out of reach.
 * @throws NO_QUORUM if fewer answer, or if so many lag far behind the others that no quorum speaks for the newest part.
 */
export async function readFinalHeight(question: FinalHeightQuestion): Promise<bigint> {
  const answers: Stated[] = [];
  const reasons: string[] = [];
  await collect(question, answers, reasons);
  if (question.signal?.aborted === true) throw chainError('ABORTED', 'the final height was stopped by its caller');
  const { quorum, providers, limits } = question;
  if (answers.length < quorum) {
    throw chainError(
      'NO_QUORUM',
      `${answers.length} of ${providers.length} providers state a final height, expected ${quorum}; ${reasons.join('; ')}`,
      { context: { agreed: answers.length, needed: quorum, configured: providers.length } },
    );
  }
  answers.sort((left, right) => (left.height < right.height ? 1 : left.height > right.height ? -1 : 0));
  const agreed = answers[quorum - 1]?.height ?? 0n;
  const ahead = answers[providers.length - quorum]?.height ?? agreed;
  const lagMax = BigInt(limits.lagBlocksMax);
  if (ahead - agreed > lagMax) {
    throw chainError(
      'NO_QUORUM',
      `${quorum} of ${providers.length} providers reach only final height ${agreed} while others are at ${ahead}; ` +
        `expected a lag of at most ${limits.lagBlocksMax} blocks, check the ones behind`,
      { context: { agreed, ahead } },
    );
  }
  for (const { provider, height } of answers) {
    if (height + lagMax >= agreed && height <= agreed + lagMax) continue;
    provider.report(chainError('HEAD_ASTRAY', `its final height is ${height}; the quorum's is ${agreed}`));
  }
  return agreed;
}

/** Ends the wait for stragglers. An abort without a reason makes an error with a stack each time. */
const ENOUGH = new Error('a quorum has stated its final heights');

/** Resolves when all have responded, or a while after a quorum has. */
async function collect(question: FinalHeightQuestion, answers: Stated[], reasons: string[]): Promise<void> {
  const enough = new AbortController();
  let closed = false;
  let reached: () => void = () => undefined;
  const quorate = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const asked = question.providers.map(async (provider) => {
    try {
      const height = await question.ask(provider);
      if (closed) return;
      noteFall(provider, height, question.stated);
      answers.push({ provider, height });
      if (answers.length >= question.quorum) reached();
    } catch (error) {
      if (!closed) reasons.push(`${provider.name} ${describeError(error)}`);
    }
  });
  const all = Promise.all(asked);
  await Promise.race([all, quorate]);
  await Promise.race([all, question.clock.sleep(question.limits.stragglerMs, enough.signal)]);
  closed = true;
  enough.abort(ENOUGH);
}

/** A falling final height casts doubt on its provider, not on the chain: a lower answer can only hold the result back. */
function noteFall(provider: RpcProvider, height: bigint, stated: Map<string, bigint>): void {
  const before = stated.get(provider.name);
  if (before !== undefined && height < before) {
    provider.report(
      chainError('HEAD_ASTRAY', `its final height fell from ${before} to ${height}; expected it never to fall`),
    );
  }
  stated.set(provider.name, height);
}
