import type { Hex } from '@surety/domain';
import type { PageWorld } from '../page-world.js';
import { type NamedChain, type OpenWallet, UnknownOutcome, WalletProblem } from './open-wallet.js';

/** Calls of one account that are kept at most; the oldest go first. */
const KEPT_MOST = 20;

/** A call that a wallet was asked to send, and whose end the page has not seen. */
export interface SentCall {
  readonly title: string;
  readonly chain: NamedChain;
  /** Undefined until the wallet has answered: it may send it later, or have sent it. */
  readonly hash?: Hex;
  /** Milliseconds; no two calls of an account have the same. */
  readonly askedAtMs: number;
}

/** Place of text that outlives the page, such as `localStorage`. Whatever it throws, signing goes on. */
export type KeptText = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>;

/** Calls that an account of a deployment was asked to send. */
export interface SentCalls {
  /** Whether the browser keeps text beyond the page. */
  readonly isKept: boolean;
  /** Returns the calls whose end nobody has seen, without those that this view waits for, oldest first. */
  stillOpen(): readonly SentCall[];
  forget(askedAtMs: number): void;
  /**
   * Keeps a call while a wallet is asked to send it, and forgets it once its end is seen; `sentIn` takes its hash. Where `left` is
   * aborted nobody sees the end of what was sent: it stays.
   * @throws what `send` throws
   */
  keepWhile<Value>(
    call: Pick<SentCall, 'title' | 'chain'>,
    send: (sentIn: (hash: Hex) => void) => Promise<Value>,
    left?: AbortSignal,
  ): Promise<Value>;
}

/**
 * Returns what an account was asked to send, from texts whose names begin with its own. Each call has a text of its own: a tab may not see
 * yet what another one wrote, and would write over a list of both. `open` may throw where a browser keeps nothing.
 */
export function sentCalls(
  open: () => KeptText,
  { deployment, account }: { readonly deployment: string; readonly account: string },
  { nowMs }: Pick<PageWorld, 'nowMs'>,
): SentCalls {
  const name = `surety-sent ${deployment} ${account}`;
  const waitedFor = new Set<number>();
  const nameOf = (askedAtMs: number): string => `${name} ${askedAtMs}`;
  const read = (): readonly SentCall[] => quietly(() => readCalls(open(), nameOf)) ?? [];
  const forget = (askedAtMs: number): void => quietly(() => open().removeItem(nameOf(askedAtMs)));
  const write = (call: SentCall): void => {
    quietly(() => open().setItem(nameOf(call.askedAtMs), JSON.stringify(call)));
    for (const { askedAtMs } of read().slice(0, -KEPT_MOST)) forget(askedAtMs);
  };
  return {
    isKept: canKeep(open, name),
    stillOpen: () => read().filter(({ askedAtMs }) => !waitedFor.has(askedAtMs)),
    forget,
    async keepWhile({ title, chain }, send, left) {
      const last = read().reduce((latest, one) => Math.max(latest, one.askedAtMs), 0);
      const asked: SentCall = { title, chain, askedAtMs: Math.max(nowMs(), last + 1) };
      const { askedAtMs } = asked;
      waitedFor.add(askedAtMs);
      write(asked);
      let isSent = false;
      const forgetSeen = (): void => {
        if (!isSent || left?.aborted !== true) forget(askedAtMs);
      };
      try {
        const value = await send((hash) => {
          isSent = true;
          write({ ...asked, hash });
        });
        forgetSeen();
        return value;
      } catch (cause) {
        if (cause instanceof WalletProblem && !(cause instanceof UnknownOutcome)) forgetSeen();
        throw cause;
      } finally {
        waitedFor.delete(askedAtMs);
      }
    },
  };
}

/** Returns a wallet of one view: what it is asked to send is kept, and it is asked for nothing more once the view was left. */
export function walletOfView(wallet: OpenWallet, sent: SentCalls, left: AbortSignal): OpenWallet {
  const stay = (): void => {
    if (left.aborted) throw new WalletProblem('its view was left; nothing was sent');
  };
  return {
    ...wallet,
    async useChain(chain) {
      stay();
      await wallet.useChain(chain);
    },
    async send(step, on, tell) {
      stay();
      const asked = { title: step.title, chain: on };
      const send = (sentIn: (hash: Hex) => void) => {
        const hear = (line: string, hash?: Hex): void => {
          if (hash !== undefined) sentIn(hash);
          tell(line, hash);
        };
        return wallet.send(step, on, hear, stay);
      };
      return sent.keepWhile(asked, send, left);
    },
  };
}

function quietly<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Whether a browser keeps what is written: one may refuse each read, or each write. */
function canKeep(open: () => KeptText, name: string): boolean {
  const trial = `${name} trial`;
  return (
    quietly(() => {
      open().setItem(trial, 'kept');
      const isKept = open().getItem(trial) === 'kept';
      open().removeItem(trial);
      return isKept;
    }) ?? false
  );
}

/** Reads calls, oldest first, each from the text of the name that its moment gives; what is no call is passed over. */
function readCalls(kept: KeptText, nameOf: (askedAtMs: number) => string): readonly SentCall[] {
  const names = Array.from({ length: kept.length }, (_, at) => kept.key(at) ?? '');
  const calls = names.flatMap((name) => {
    const call = quietly((): unknown => JSON.parse(kept.getItem(name) ?? ''));
    return isSentCall(call) && nameOf(call.askedAtMs) === name ? [call] : [];
  });
  return calls.toSorted((one, other) => one.askedAtMs - other.askedAtMs);
}

/** Whether it is as this page writes it: another version may have kept it otherwise. */
function isSentCall(value: unknown): value is SentCall {
  if (typeof value !== 'object' || value === null) return false;
  const { title, chain, hash, askedAtMs } = value as Partial<Record<keyof SentCall, unknown>>;
  if (typeof title !== 'string' || typeof askedAtMs !== 'number') return false;
  if (hash !== undefined && typeof hash !== 'string') return false;
  return typeof chain === 'object' && chain !== null && 'name' in chain && typeof chain.name === 'string';
}
