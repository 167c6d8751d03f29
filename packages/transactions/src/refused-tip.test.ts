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

// As nodes of go-ethereum and of Polygon say it, old and new; Nethermind; Besu.
describe.each([
  'transaction underpriced',
  'transaction underpriced: gas tip cap 5000000000, minimum needed 25000000000',
  'transaction gas price below minimum: gas tip cap 5000000000, minimum needed 25000000000',
  'FeeTooLow, EffectivePriorityFeePerGas too low',
  'Gas price below configured minimum gas price',
])('a pool that refuses a low tip with "%s"', (refusal) => {
  beforeEach(() => void (chain.refusal = refusal));

  it('has the tip cap named to whoever may not offer more, and no other writer is suspected', async () => {
    chain.leastTip = 25n * GWEI;
    await expect(desk.open(serveModel(chain)).land(MODEL_CALL)).rejects.toMatchObject({
      code: 'FEE_ABOVE_CAP',
      message: expect.stringContaining(
        `every provider of chain 1 refused a tip of 5000000000 wei per gas as too low (${refusal}); the cap on tips is 5000000000: raise SURETY_TIP_CAP_WEI_1`,
      ) as string,
    });
    expect([chain.seen.size, chain.nonce]).toEqual([0, 0]);
  });

  it('is offered the highest tip that the caps allow', async () => {
    chain.leastTip = 4n * GWEI;
    const landing = desk.open(serveModel(chain)).land(MODEL_CALL);
    expect(await desk.pass(landing, 5, () => chain.mine(() => true))).toMatchObject({ kind: 'landed' });
    expect([...chain.seen.values()].map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas)).toEqual([5n * GWEI]);
  });
});

it('where the base fee leaves no room for a tip, the cap on both is named', async () => {
  chain.leastTip = 4n * GWEI;
  chain.baseFee = 297n * GWEI;
  await expect(desk.open(serveModel(chain)).land(MODEL_CALL)).rejects.toThrow(
    'the cap on base fee and tip is 300000000000: raise SURETY_FEE_CAP_WEI_1',
  );
});

// As nodes of go-ethereum and Besu, Nethermind, and Erigon say it.
it.each(['replacement transaction underpriced', 'ReplacementNotAllowed', 'could not replace existing tx'])(
  'a nonce that the pool holds shows another writer of the key: "%s"',
  async (refusal) => {
    chain.leastTip = 25n * GWEI;
    chain.refusal = refusal;
    await expect(desk.open(serveModel(chain)).land(MODEL_CALL)).rejects.toMatchObject({ code: 'KEY_SHARED' });
  },
);

it('a full pool that takes no later nonce in place of another shows no other writer of the key', async () => {
  chain.leastTip = 25n * GWEI;
  chain.refusal = 'future transaction tries to replace pending';
  await expect(desk.open(serveModel(chain)).land(MODEL_CALL)).rejects.toMatchObject({
    code: 'RPC_REFUSED',
    message: expect.stringContaining(chain.refusal) as string,
  });
});
