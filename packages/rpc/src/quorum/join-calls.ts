import type { Hex } from '@surety/domain';
import { createClient, custom } from 'viem';
import { call } from 'viem/actions';
import type { BlockCall } from './call-agreed.js';

/** Bytes of the calls that go together: 56 of one word each. */
const BYTES_AT_ONCE = 2_048;

/** Calls at once of those that failed together: when providers fail, all do. */
const ALONE_AT_ONCE = 8;

/** A call that a quorum of providers must answer; without a receiver it deploys what it runs. */
export type AskAgreed = (
  request: Omit<BlockCall, 'to'> & Partial<Pick<BlockCall, 'to'>>,
  signal?: AbortSignal,
) => Promise<Hex>;

interface Waiting {
  readonly request: BlockCall;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (output: Hex | Promise<Hex>) => void;
}

/**
 * Joins calls of views that are made in one turn at one block into one: of 256 accounts' margins each provider is asked five times, not 256.
 * It deploys its own collector, so nothing of it is on the chain. Calls whose answers may differ go apart, so that lies about others count. What fails in it is asked alone, with the errors of that: one view may have
 * used up the gas of all, a provider may answer another one differently, and not every node takes a call without a receiver.
 */
export class JoinedCalls {
  readonly #ask: AskAgreed;
  #waiting: Waiting[] = [];

  constructor(ask: AskAgreed) {
    this.#ask = ask;
  }

  /** Returns the answer of a quorum to one call. @throws what asking it alone throws. */
  call(request: BlockCall, signal?: AbortSignal): Promise<Hex> {
    return new Promise((resolve) => {
      this.#waiting.push({ request, signal, resolve });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    const groups = new Map<string, Waiting[]>();
    for (const one of this.#waiting) {
      const { blockHash, mayDiffer = false } = one.request;
      const key = `${blockHash} ${mayDiffer}`;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    this.#waiting = [];
    for (const group of groups.values()) {
      const [first] = group;
      if (group.length > 1) this.#together(group);
      else first?.resolve(this.#ask(first.request, first.signal));
    }
  }

  #together(group: readonly Waiting[]): void {
    const [first] = group;
    if (first === undefined) return;
    const { blockHash, mayDiffer = false } = first.request;
    // The library joins no calls at a block that a hash names; it is named here.
    const request = ({ params }: Joined) => this.#ask({ input: params[0].data, blockHash, mayDiffer }, first.signal);
    const client = createClient({
      transport: custom({ request }, { retryCount: 0 }),
      ccipRead: false,
      batch: { multicall: { deployless: true, wait: 0, batchSize: BYTES_AT_ONCE } },
    });
    const lanes: Promise<unknown>[] = Array.from({ length: ALONE_AT_ONCE }, () => Promise.resolve());
    const askAlone = (at: number, one: Waiting): Promise<Hex> => {
      const lane = at % ALONE_AT_ONCE;
      const output = Promise.resolve(lanes[lane]).then(() => this.#ask(one.request, one.signal));
      lanes[lane] = output.catch(() => undefined);
      return output;
    };
    for (const [at, one] of group.entries()) {
      const { to, input: data } = one.request;
      const output = call(client, { to, data }).then(
        ({ data: bytes = '0x' }) => bytes,
        () => askAlone(at, one),
      );
      one.resolve(output);
    }
  }
}

/** The one question of the library's client. */
interface Joined {
  readonly params: readonly [{ readonly data: Hex }];
}
