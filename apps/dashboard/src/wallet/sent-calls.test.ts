import { address } from '@surety/domain';
import { type Hex, createClient, custom } from 'viem';
import { describe, expect, it } from 'vitest';
import { type OpenWallet, UnknownOutcome, WalletProblem } from './open-wallet.js';
import { signSteps } from './owner-acts.js';
import { type KeptText, type SentCalls, sentCalls, walletOfView } from './sent-calls.js';

const HASH: Hex = `0x${'ab'.repeat(32)}`;
const CALL = { title: 'Lock 1 USDC', chain: { chainId: 901, name: 'alpha' } };
const OF = { deployment: '900 0x44', account: '0x11' };
const NAME = 'surety-sent 900 0x44 0x11';

const keptIn = (texts: Map<string, string>): KeptText => ({
  get length() {
    return texts.size;
  },
  key: (at) => [...texts.keys()][at] ?? null,
  getItem: (name) => texts.get(name) ?? null,
  setItem: (name, text) => void texts.set(name, text),
  removeItem: (name) => void texts.delete(name),
});

/** Text of a browser, and a page that reads it at a moment that stands still. */
function browser() {
  const texts = new Map<string, string>();
  const kept = keptIn(texts);
  const page = (of = OF) => sentCalls(() => kept, of, { nowMs: () => 5 });
  return { texts, kept, page };
}

/** Two tabs over one storage, each in a process of its own: one sees what the other wrote only once it was `carried` over. */
function twoTabs() {
  const texts = new Map<string, string>();
  const open = (nowMs: number) => {
    const seen = new Map<string, string>();
    const written = keptIn(texts);
    const own = keptIn(seen);
    const tab: KeptText = {
      ...own,
      get length() {
        return seen.size;
      },
      setItem: (name, text) => (own.setItem(name, text), written.setItem(name, text)),
      removeItem: (name) => (own.removeItem(name), written.removeItem(name)),
    };
    const carry = (): void => (seen.clear(), texts.forEach((text, name) => seen.set(name, text)));
    return { calls: sentCalls(() => tab, OF, { nowMs: () => nowMs }), carry };
  };
  const [first, second] = [open(5), open(7)];
  const third = (): SentCalls => sentCalls(() => keptIn(texts), OF, { nowMs: () => 9 });
  return { first: first.calls, second: second.calls, third, carried: () => (first.carry(), second.carry()) };
}

const never = (): Promise<never> => new Promise(() => {});

describe('calls that a wallet was asked to send', () => {
  it('are there for the next page from before the question on, with the hash once there is one', async () => {
    const { page } = browser();
    const first = page();
    let tellHash: (hash: Hex) => void = () => {};
    void first.keepWhile(CALL, (sentIn) => {
      expect(page().stillOpen()).toEqual([{ ...CALL, askedAtMs: 5 }]);
      tellHash = sentIn;
      return never();
    });
    tellHash(HASH);
    expect(page().stillOpen()).toEqual([{ ...CALL, askedAtMs: 5, hash: HASH }]);
    expect(first.stillOpen()).toEqual([]);
  });

  it.each<[string, number, () => Promise<unknown>]>([
    ['forgotten at a receipt', 0, async () => []],
    ['forgotten where the wallet refuses', 0, () => Promise.reject(new WalletProblem('declined'))],
    ['kept where nobody knows what became of them', 1, () => Promise.reject(new UnknownOutcome('it may have been'))],
    ['kept where the page itself fails', 1, () => Promise.reject(new Error('a fault'))],
  ])('are %s', async (_, left, send) => {
    const { page, texts } = browser();
    const sent = page();
    await Promise.allSettled([sent.keepWhile(CALL, send)]);
    expect([sent.stillOpen().length, texts.size]).toEqual([left, left]);
  });

  it('are told apart though they were asked at one moment, and forgotten one by one', () => {
    const { page } = browser();
    for (const title of ['a', 'b', 'c']) void page().keepWhile({ ...CALL, title }, never);
    page().forget(6);
    expect(page().stillOpen()).toMatchObject([{ title: 'a' }, { title: 'c' }]);
  });

  it('are those of one account of one deployment', () => {
    const { page } = browser();
    void page().keepWhile(CALL, never);
    const others = [page({ ...OF, account: '0x22' }), page({ ...OF, deployment: '900 0x55' })];
    expect([page(), ...others].map((one) => one.stillOpen().length)).toEqual([1, 0, 0]);
  });

  it('are twenty at most, the newest', () => {
    const { page } = browser();
    for (let at = 0; at < 25; at++) void page().keepWhile({ ...CALL, title: `${at}` }, never);
    const titles = page().stillOpen();
    expect([titles.length, titles[0]?.title, titles.at(-1)?.title]).toEqual([20, '5', '24']);
  });

  it('are there beside those of another tab, whose writing was not seen yet', async () => {
    const { first, second, third, carried } = twoTabs();
    let decline: (cause: Error) => void = () => {};
    let tellHash: (hash: Hex) => void = () => {};
    const signing = first.keepWhile({ ...CALL, title: 'a' }, () => new Promise((_, reject) => (decline = reject)));
    void second.keepWhile({ ...CALL, title: 'b' }, (sentIn) => ((tellHash = sentIn), never()));
    carried();
    expect(third().stillOpen()).toMatchObject([{ title: 'a' }, { title: 'b' }]);
    expect([first, second].map((tab) => tab.stillOpen())).toMatchObject([[{ title: 'b' }], [{ title: 'a' }]]);
    decline(new WalletProblem('declined'));
    await expect(signing).rejects.toThrow('declined');
    tellHash(HASH);
    carried();
    expect(third().stillOpen()).toEqual([{ ...CALL, title: 'b', askedAtMs: 7, hash: HASH }]);
  });

  it.each(['{', '{}', 'null', '{"title": "x"}', '{"title": "x", "chain": {}, "askedAtMs": 1}', '[]'])(
    'are none where another page left %s, and are kept again then',
    (text) => {
      const { page, texts } = browser();
      texts.set(`${NAME} 1`, text);
      expect(page().stillOpen()).toEqual([]);
      void page().keepWhile(CALL, never);
      expect(page().stillOpen()).toHaveLength(1);
    },
  );
});

describe('a browser that keeps nothing', () => {
  const refuse = (): never => {
    throw new Error('access is denied');
  };
  it.each<[string, () => KeptText]>([
    ['names no such place', () => undefined as never],
    ['refuses the place', refuse],
    ['refuses each read', () => ({ ...browser().kept, getItem: refuse })],
    ['refuses each write', () => ({ ...browser().kept, setItem: refuse })],
    ['forgets each write', () => ({ ...browser().kept, setItem: () => {} })],
  ])('and %s lets a wallet sign, and says so', async (_, open) => {
    const sent = sentCalls(open, OF, { nowMs: () => 5 });
    expect(await sent.keepWhile(CALL, async (sentIn) => (sentIn(HASH), 'sent'))).toBe('sent');
    expect([sent.isKept, sent.stillOpen()]).toEqual([false, []]);
  });

  it('is none that keeps', () => {
    const { page, texts } = browser();
    expect([page().isKept, texts.size]).toEqual([true, 0]);
  });
});

describe('a wallet of a view', () => {
  const to = address(`0x${'22'.repeat(20)}`);
  const steps = ['Let the vault take 1 USDC', 'Lock 1 USDC'].map((title) => {
    return { title, call: { to, data: '0x', value: 0n } } as const;
  });

  it('is asked for nothing more once the view was left, and its call before stays, whose end nobody saw', async () => {
    const { page } = browser();
    const left = new AbortController();
    const titles: string[] = [];
    const opened: OpenWallet = {
      name: 'a wallet',
      address: to,
      chain: createClient({ transport: custom({ request: async () => '0x' }) }),
      useChain: async () => undefined,
      simulate: async () => '0x',
      async send({ title }, _, tell) {
        titles.push(title);
        tell('sent', HASH);
        expect(page().stillOpen()).toEqual([{ title, chain: CALL.chain, hash: HASH, askedAtMs: 5 }]);
        left.abort();
        return [];
      },
    };
    const signing = signSteps(walletOfView(opened, page(), left.signal), { chain: CALL.chain, steps }, () => {});
    await expect(signing).rejects.toThrow(
      'its view was left; nothing else was sent; mined before it: Let the vault take 1 USDC',
    );
    const call = { title: 'Let the vault take 1 USDC', chain: CALL.chain, hash: HASH, askedAtMs: 5 };
    expect([titles, page().stillOpen()]).toEqual([[call.title], [call]]);
  });
});
