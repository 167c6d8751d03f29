import type { RpcTransport } from '@surety/rpc';
import type { TransactionCall } from '@surety/workflows';
import { beforeEach, describe, expect, it } from 'vitest';
import { ModelChain } from './testing/model-chain.js';
import { MODEL_CALL, ModelDesk, serveModel } from './testing/model-sender.js';

const GWEI = 1_000_000_000n;

let chain: ModelChain;
let desk: ModelDesk;

beforeEach(() => {
  chain = new ModelChain(64);
  desk = new ModelDesk();
});

const mine = (): void => chain.mine(() => true);

/** Serves the chain, and refuses in these words some transactions that it has taken, after those that it lets pass. */
function denying(words: string, { passed = 0, denied = 1, act = mine } = {}): RpcTransport {
  const honest = serveModel(chain);
  let sent = 0;
  return {
    async send(...request) {
      const { id, method } = JSON.parse(request[0]) as { id: number; method: string };
      const answer = honest.send(...request);
      if (method !== 'eth_sendRawTransaction' || ++sent <= passed || sent > passed + denied) return answer;
      act();
      await answer;
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message: words } }) };
    },
  };
}

/** Puts a transaction that others signed with this key into a block. */
function spendElsewhere(): void {
  chain.pool.clear();
  chain.blocks.push([{ hash: '0x0e', nonce: chain.nonce, call: null, maxFeePerGas: GWEI, maxPriorityFeePerGas: 1n }]);
}

describe('bytes that a provider forwards and refuses', () => {
  it.each(['nonce too low', 'Transaction nonce is too low. Try incrementing the nonce.', 'OldNonce'])(
    'land once, though every provider says then "%s"',
    async (words) => {
      const landing = desk.open(denying(words), serveModel(chain), serveModel(chain)).land(MODEL_CALL);
      expect(await desk.pass(landing, 5, mine)).toMatchObject({ kind: 'landed' });
      expect([chain.effects(1), chain.nonce]).toEqual([1, 1]);
    },
  );

  it('land once where no other provider is asked', async () => {
    const landing = desk.open(denying('nonce too low')).land(MODEL_CALL);
    expect(await desk.pass(landing, 5, mine)).toMatchObject({ kind: 'landed' });
    expect(chain.effects(1)).toBe(1);
  });

  it('are found where a tip is refused as too low and one that is dearer has lost its nonce', async () => {
    const landing = desk.open(denying('transaction underpriced')).land(MODEL_CALL);
    const outcome = await desk.pass(landing, 9, mine);
    expect(outcome).toMatchObject({ kind: 'landed', txHash: [...chain.seen.keys()][0] });
    expect(chain.effects(1)).toBe(1);
  });

  it.each(['nonce too low', 'insufficient funds', 'replacement transaction underpriced'])(
    'are found where they replaced an attempt that waited, though every provider says then "%s"',
    async (words) => {
      const landing = desk.open(denying(words, { passed: 1 })).land(MODEL_CALL);
      const outcome = await desk.pass(landing, 30, () => undefined);
      expect(outcome).toMatchObject({ kind: 'landed', txHash: [...chain.seen.keys()][1] });
      expect([chain.effects(1), chain.nonce]).toEqual([1, 1]);
    },
  );

  it('of one in a burst, whose nonce rests on the look of the one before, are not signed under the next nonce', async () => {
    const sender = desk.open(denying('insufficient funds', { passed: 1 }));
    const landing = Promise.all([sender.land(MODEL_CALL), sender.land({ ...MODEL_CALL, calldata: '0x02' })]);
    expect(await desk.pass(landing, 9, mine)).toMatchObject([{ kind: 'landed' }, { kind: 'landed' }]);
    expect([chain.effects(1), chain.effects(2), chain.nonce]).toEqual([1, 1, 2]);
  });
});

it.each([
  ['insufficient funds', 'EMPTY_WALLET'],
  ['intrinsic gas too low', 'RPC_REFUSED'],
])(
  'a first attempt that no provider takes (%s) is named by its hash: it may have been passed on',
  async (words, code) => {
    const failure = await desk
      .open(denying(words, { act: () => undefined }))
      .land(MODEL_CALL)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).toContain(`refused was ${[...chain.seen.keys()].join()}: `);
  },
);

it('one provider that says that a nonce is spent keeps no lost transaction from being replaced', async () => {
  const liar = denying('nonce too low', { passed: 1, denied: Infinity, act: () => undefined });
  const sender = desk.open(liar, serveModel(chain));
  const landing = sender.land(MODEL_CALL);
  await desk.advance(500);
  chain.pool.clear();
  chain.leastTip = 1_050_000n;
  expect(await desk.pass(landing, 30, mine)).toMatchObject({ kind: 'landed' });
  expect([desk.count('transaction-replaced'), chain.effects(1)]).toEqual([1, 1]);
});

it('a replacement that is refused again and again is looked for once in a poll', async () => {
  let looks = 0;
  const counting = serveModel(chain, (method, result) => {
    if (method === 'eth_getTransactionReceipt') looks += 1;
    return result;
  });
  chain.refusal = 'txpool is full';
  const landing = desk
    .open(counting)
    .land(MODEL_CALL)
    .catch((error: unknown) => error);
  await desk.advance(500);
  chain.leastTip = 50n * GWEI;
  await desk.pass(landing, 300, () => undefined);
  expect(desk.count('transaction-replaced')).toBeGreaterThan(20);
  spendElsewhere();
  looks = 0;
  await desk.advance(1_000);
  expect(looks).toBe(2);
  expect(await desk.pass(landing, 20, mine)).toMatchObject({ code: 'NONCE_TAKEN' });
});

describe('a nonce that another transaction took', () => {
  const land = async (call: TransactionCall): Promise<unknown> => {
    const landing = desk
      .open(denying('nonce too low', { act: spendElsewhere }))
      .land(call)
      .catch((error: unknown) => error);
    return desk.pass(landing, 20, mine);
  };

  it('ends the call without a second send', async () => {
    const error = await land(MODEL_CALL);
    expect(error).toMatchObject({ code: 'NONCE_TAKEN', retryable: false });
    expect(String(error)).toContain(`no provider shows a receipt of ${[...chain.seen.keys()].join()} (apply)`);
    expect([chain.seen.size, chain.effects(1), chain.nonce]).toEqual([1, 0, 1]);
  });

  it('ends it as overtaken if its effect is there', async () => {
    const readEffect = async (): Promise<boolean> => true;
    expect(await land({ ...MODEL_CALL, readEffect })).toMatchObject({ kind: 'overtaken' });
    expect([chain.seen.size, chain.nonce]).toEqual([1, 1]);
  });
});
