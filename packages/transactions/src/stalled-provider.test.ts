import { beforeEach, expect, it } from 'vitest';
import { ModelChain } from './testing/model-chain.js';
import { MODEL_CALL, ModelDesk, serveModel } from './testing/model-sender.js';

const GWEI = 1_000_000_000n;
const FEW_SECONDS = 20;

/** The chain as everybody but the first provider sees it. */
let chain: ModelChain;
let desk: ModelDesk;

beforeEach(() => {
  chain = new ModelChain(64);
  desk = new ModelDesk();
});

const mine = (): void => chain.mine(() => true);
const baseFee = (wei: bigint) => (method: string, result: unknown) =>
  method === 'eth_getBlockByNumber' ? { ...(result as object), baseFeePerGas: `0x${wei.toString(16)}` } : result;

it('a provider that stands still holds no call', async () => {
  const landing = desk.open(serveModel(new ModelChain(64)), serveModel(chain)).land(MODEL_CALL);
  expect(await desk.pass(landing, FEW_SECONDS, mine)).toMatchObject({ kind: 'landed' });
  expect([chain.effects(1), desk.count('transaction-replaced')]).toEqual([1, 0]);
});

it('a provider that stands still holds no pair of calls either, though both complain of it', async () => {
  const one = desk.open(serveModel(new ModelChain(64)), serveModel(chain));
  const first = one.land(MODEL_CALL);
  await desk.advance(500);
  const both = Promise.all([first, one.land({ ...MODEL_CALL, calldata: '0x02' })]);
  expect(await desk.pass(both, FEW_SECONDS, mine)).toMatchObject([{ kind: 'landed' }, { kind: 'landed' }]);
});

it('a provider that stands still does not hold a start', async () => {
  const stood = new ModelChain(64);
  const giveUp = new AbortController();
  const killed = desk.open(serveModel(stood), serveModel(chain)).land(MODEL_CALL, giveUp.signal);
  await desk.advance(500);
  giveUp.abort();
  await expect(killed).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  mine();
  const next = desk.open(serveModel(stood), serveModel(chain));
  const recovery = next.recover().then(() => 'recovered');
  expect(await desk.pass(recovery, FEW_SECONDS, mine)).toBe('recovered');
  expect(chain.effects(1)).toBe(1);
});

it('a provider that invents a huge base fee does not keep a call from being replaced', async () => {
  let isLying = false;
  const liar = serveModel(chain, (method, result) => (isLying ? baseFee(10n ** 30n)(method, result) : result));
  const landing = desk.open(liar, serveModel(chain)).land(MODEL_CALL);
  await desk.advance(500);
  [isLying, chain.baseFee] = [true, 3n * GWEI];
  expect(await desk.pass(landing, FEW_SECONDS, mine)).toMatchObject({ kind: 'landed' });
});

it('a provider that invents no base fee delays a call by little', async () => {
  const landing = desk.open(serveModel(chain, baseFee(0n)), serveModel(chain)).land(MODEL_CALL);
  expect(await desk.pass(landing, FEW_SECONDS, mine)).toMatchObject({ kind: 'landed' });
});

it('a sole provider goes on as before: what waits too long is replaced', async () => {
  const landing = desk.open(serveModel(chain)).land(MODEL_CALL);
  await desk.advance(500);
  chain.baseFee = 3n * GWEI;
  expect(await desk.pass(landing, FEW_SECONDS, mine)).toMatchObject({ kind: 'landed' });
  expect(desk.count('transaction-replaced')).toBe(1);
});
