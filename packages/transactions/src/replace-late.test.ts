import { beforeEach, expect, it } from 'vitest';
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
const tip = (wei: bigint) => (method: string, result: unknown) =>
  method === 'eth_maxPriorityFeePerGas' ? `0x${wei.toString(16)}` : result;

it('a tip above its cap does not keep a call from following the base fee', async () => {
  const landing = desk.open(serveModel(chain, tip(9n * GWEI))).land(MODEL_CALL);
  await desk.advance(500);
  chain.baseFee = 20n * GWEI;
  expect(await desk.pass(landing, 20, mine)).toMatchObject({ kind: 'landed' });
});

it('says which cap keeps a call from being replaced', async () => {
  const landing = desk.open(serveModel(chain, tip(9n * GWEI))).land(MODEL_CALL);
  await desk.pass(landing, 20, () => chain.mine(() => false));
  const held = desk.events.filter(({ name }) => name === 'transaction-at-fee-cap');
  expect(held.map(({ fields }) => fields['cap'])).toEqual(['tip']);
});

it('while no block is made, a call is replaced once at most, and goes on with the first block', async () => {
  const landing = desk.open(serveModel(chain)).land(MODEL_CALL);
  expect(await desk.pass(landing, 500, () => undefined)).toBeUndefined();
  expect(desk.count('transaction-replaced')).toBe(1);
  expect(await desk.pass(landing, 2, mine)).toMatchObject({ kind: 'landed' });
});

it('while no block is made, a call whose effect has come from elsewhere is cancelled all the same', async () => {
  let isThere = false;
  const call = { ...MODEL_CALL, readEffect: async () => isThere };
  const landing = desk.open(serveModel(chain)).land(call);
  await desk.pass(landing, 60, () => undefined);
  isThere = true;
  await desk.pass(landing, 60, () => undefined);
  expect([desk.count('transaction-replaced'), desk.count('transaction-cancelled')]).toEqual([1, 1]);
});

it('an attempt below the base fee is replaced although no block is made: none may come without it', async () => {
  const landing = desk.open(serveModel(chain)).land(MODEL_CALL);
  await desk.pass(landing, 30, () => undefined);
  chain.baseFee = 8n * GWEI;
  await desk.pass(landing, 30, () => undefined);
  expect(desk.count('transaction-replaced')).toBe(2);
  expect(await desk.pass(landing, 2, mine)).toMatchObject({ kind: 'landed' });
});

it('each block that leaves a call out lets it be replaced again', async () => {
  const landing = desk.open(serveModel(chain)).land(MODEL_CALL);
  await desk.pass(landing, 25, () => chain.mine(() => false));
  expect(desk.count('transaction-replaced')).toBe(4);
});

it('a call follows the base fee also where the provider shows nobody what waits in its pool', async () => {
  const hides = (method: string, result: unknown) => (method === 'eth_getTransactionByHash' ? null : result);
  const landing = desk.open(serveModel(chain, hides)).land(MODEL_CALL);
  await desk.advance(500);
  chain.baseFee = 20n * GWEI;
  expect(await desk.pass(landing, 20, mine)).toMatchObject({ kind: 'landed' });
});
