import type { Clock } from '@surety/workflows';

/** The height that one provider last said, and when it rose. */
interface Seen {
  readonly at: number;
  readonly height: bigint;
  readonly roseMs: number;
}

/** Notices that the preferred provider of a chain stands still: it answers well-formed old facts, and no failure would leave it. */
export class HeightWatch {
  #seen: Seen | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'elapsedMs'>,
    private readonly stillAfterMs: number,
  ) {}

  /** True if the height of the provider at an index has not risen for too long, as far as it was asked. */
  isDue(at: number): boolean {
    const nowMs = this.clock.elapsedMs();
    if (this.#seen?.at === at) return nowMs - this.#seen.roseMs >= this.stillAfterMs;
    this.#seen = { at, height: -1n, roseMs: nowMs };
    return false;
  }

  /** Notes what a provider answered to a call; only heights count. Returns whether it was one above all before. */
  note(at: number, asked: { readonly method: string; readonly params: readonly unknown[] }, result: unknown): boolean {
    const height = heightIn(asked, result);
    if (height === undefined || (this.#seen?.at === at && height <= this.#seen.height)) return false;
    this.#seen = { at, height, roseMs: this.clock.elapsedMs() };
    return true;
  }
}

/** Returns the height of the newest block if an answer holds one. */
function heightIn(
  { method, params }: { readonly method: string; readonly params: readonly unknown[] },
  result: unknown,
): bigint | undefined {
  if (method === 'eth_blockNumber') return heightOf(result);
  if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return undefined;
  return typeof result === 'object' && result !== null && 'number' in result ? heightOf(result.number) : undefined;
}

function heightOf(said: unknown): bigint | undefined {
  return typeof said === 'string' && /^0x[0-9a-f]{1,16}$/i.test(said) ? BigInt(said) : undefined;
}
