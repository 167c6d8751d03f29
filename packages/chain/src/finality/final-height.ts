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
 * a quorum of answers, then a little for the rest, and for as long as they may take while no quorum speaks for the newest
 * part: an honest provider may be slow, and a liar quick. A height that fell or lies far from the others' counts against its
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
  const { agreed, ahead, isTorn } = spreadOf(question, answers);
  const lagMax = BigInt(limits.lagBlocksMax);
  if (isTorn) {
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

/** The q-th highest height so far, and the highest that N − q cannot make up: too far apart, no quorum speaks for the newest part. */
function spreadOf(
  { quorum, providers, limits }: FinalHeightQuestion,
  answers: readonly Stated[],
): { readonly agreed: bigint; readonly ahead: bigint; readonly isTorn: boolean } {
  const heights = answers.map(({ height }) => height);
  heights.sort((left, right) => (left < right ? 1 : left > right ? -1 : 0));
  const agreed = heights[quorum - 1] ?? 0n;
  const ahead = heights[providers.length - quorum] ?? agreed;
  return { agreed, ahead, isTorn: heights.length >= quorum && ahead - agreed > BigInt(limits.lagBlocksMax) };
}

/** Ends the wait for stragglers. An abort without a reason makes an error with a stack each time. */
const ENOUGH = new Error('a quorum has stated its final heights');

/**
 * Resolves when all have responded, or a while after a quorum has, and not while the answers are torn: the rest may still
 * heal that, and each call ends by its own limit.
 */
async function collect(question: FinalHeightQuestion, answers: Stated[], reasons: string[]): Promise<void> {
  const enough = new AbortController();
  let closed = false;
  let waiting = question.providers.length;
  let heard: () => void = () => undefined;
  const until = async (isEnough: () => boolean): Promise<void> => {
    while (waiting > 0 && !isEnough()) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  const asked = question.providers.map(async (provider) => {
    try {
      const height = await question.ask(provider);
      if (closed) return;
      noteFall(provider, height, question.stated);
      answers.push({ provider, height });
    } catch (error) {
      if (!closed) reasons.push(`${provider.name} ${describeError(error)}`);
    } finally {
      waiting -= 1;
      heard();
    }
  });
  const all = Promise.all(asked);
  await until(() => answers.length >= question.quorum);
  await Promise.race([all, question.clock.sleep(question.limits.stragglerMs, enough.signal)]);
  await until(() => !spreadOf(question, answers).isTorn);
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
