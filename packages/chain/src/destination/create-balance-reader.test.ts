import { address } from '@surety/domain';
import { AnvilNode, type Lie } from '@surety/rpc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestChain } from '../testing/test-chain.js';
import { createBalanceReader } from './create-balance-reader.js';

const VAULT = address(`0x${'aa'.repeat(20)}`);
const TOKEN = address(`0x${'bb'.repeat(20)}`);
const NOBODY = address(`0x${'cc'.repeat(20)}`);
/** Runtime code that answers every call with one word: PUSH1 n PUSH0 MSTORE PUSH1 32 PUSH0 RETURN. */
const answering = (value: number): string => `0x60${value.toString(16).padStart(2, '0')}5f5260205ff3`;
const lieOf: Lie = ({ method }, { body, reply }) =>
  method === 'eth_call' ? { ...reply, body: JSON.stringify({ ...body, result: `0x${'ff'.repeat(32)}` }) } : undefined;

describe('balances of a vault', () => {
  let node: AnvilNode;

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_081, args: ['--slots-in-an-epoch', '1'] });
    await node.rpc('anvil_setCode', [VAULT, answering(100)]);
    await node.rpc('anvil_setCode', [TOKEN, answering(90)]);
    await node.mine(4);
  });
  afterAll(() => node.stop());

  it('are agreed on by a quorum at a final block, and one liar is counted', async () => {
    const { chain, transports, observer } = await openTestChain(node);
    const reader = createBalanceReader(chain);
    const heard = new EventTarget();
    const lied = new Promise((resolve) => heard.addEventListener('lie', resolve));
    for (const [at, transport] of transports.entries()) {
      transport.lie = (request, honest) => {
        if (request.method !== 'eth_call') return undefined;
        // The quorum needs all three others: they answer after the liar, so that it is always compared.
        if (at > 0) return lied.then(() => honest.reply);
        heard.dispatchEvent(new Event('lie'));
        return lieOf(request, honest);
      };
    }
    const block = await reader.readFinalTip();
    const tokens = [{ asset: 1, token: TOKEN }];
    expect(await reader.readBalances({ vault: VAULT, tokens, block })).toEqual({
      read: [{ asset: 1, token: TOKEN, accounted: 100n, held: 90n }],
      unread: [],
    });
    expect(observer.events.some(({ fields }) => fields?.['code'] === 'WRONG_BLOCK')).toBe(true);
  });

  it('of many tokens take one call of each provider', async () => {
    const { chain, transports } = await openTestChain(node);
    const reader = createBalanceReader(chain);
    const block = await reader.readFinalTip();
    const calls = transports.map(() => 0);
    for (const [at, transport] of transports.entries()) {
      transport.lie = ({ method }) => void (calls[at] = (calls[at] ?? 0) + (method === 'eth_call' ? 1 : 0));
    }
    const tokens = [1, 2, 3].map((asset) => ({ asset, token: TOKEN }));
    const { read } = await reader.readBalances({ vault: VAULT, tokens, block });
    expect(read.map(({ asset, accounted, held }) => [asset, accounted, held])).toEqual([
      [1, 100n, 90n],
      [2, 100n, 90n],
      [3, 100n, 90n],
    ]);
    expect(Math.max(...calls)).toBe(1);
  });

  it('are unknown while two of four answer differently, without affecting the chain’s condition', async () => {
    const { chain, transports } = await openTestChain(node);
    const reader = createBalanceReader(chain);
    for (const transport of transports.slice(0, 2)) transport.lie = lieOf;
    const block = await reader.readFinalTip();
    const request = { vault: VAULT, tokens: [{ asset: 1, token: TOKEN }], block };
    expect(await reader.readBalances(request)).toMatchObject({
      read: [],
      unread: [{ asset: 1, error: { code: 'NO_QUORUM', retryable: true } }],
    });
    expect(chain.condition()).toEqual({ kind: 'live' });
  });

  it('are refused for an address without code, and for responses that are no hex', async () => {
    const { chain, transports } = await openTestChain(node);
    const reader = createBalanceReader(chain);
    const block = await reader.readFinalTip();
    const tokens = [{ asset: 1, token: NOBODY }];
    const unreadWith = (code: string) => ({ read: [], unread: [{ asset: 1, token: NOBODY, error: { code } }] });
    expect(await reader.readBalances({ vault: VAULT, tokens, block })).toMatchObject(unreadWith('BAD_RESPONSE'));
    for (const transport of transports)
      transport.lie = ({ method }, { body, reply }) =>
        method === 'eth_call' ? { ...reply, body: JSON.stringify({ ...body, result: 7 }) } : undefined;
    expect(await reader.readBalances({ vault: VAULT, tokens, block })).toMatchObject(unreadWith('NO_QUORUM'));
  });

  it.each([
    ['answers nothing', '0x00', 'BAD_RESPONSE'],
    ['reverts', '0x5f5ffd', 'NO_QUORUM'],
    ['ends in an invalid instruction', '0xfe', 'NO_QUORUM'],
  ])('are read of every other token where one %s', async (_name, runtime, code) => {
    const broken = address(`0x${'dd'.repeat(20)}`);
    await node.rpc('anvil_setCode', [broken, runtime]);
    await node.mine(4);
    const { chain } = await openTestChain(node);
    const reader = createBalanceReader(chain);
    const block = await reader.readFinalTip();
    const tokens = [broken, TOKEN].map((token, at) => ({ asset: at + 1, token }));
    expect(await reader.readBalances({ vault: VAULT, tokens, block })).toMatchObject({
      read: [{ asset: 2, token: TOKEN, accounted: 100n, held: 90n }],
      unread: [{ asset: 1, token: broken, error: { code } }],
    });
  });
});
