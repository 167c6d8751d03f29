import { decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { riskManagerAbi } from '../generated/index.js';
import { parseDeploymentRequest } from './deployment-request.js';
import { isActDone } from './execute-deployment.js';
import { type PlannedAct, planDeployment } from './plan-deployment.js';

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const roles = { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3) };
const weight = { initialBp: 9_500, maintenanceBp: 9_800 };

/** The poke of a deployment that lists these slots in this order. */
function pokeOf(...ids: number[]): PlannedAct {
  const bounds = { maxAgeS: 3_600, maxAheadS: 60, minPrice1e12: '1', maxPrice1e12: '2' };
  const asset = { symbol: 'WETH', token: addressOf(50), decimals: 18, underlying: 1, minMillionths: '1000000' };
  const limits = { capThousandths: '5000000', limitThousandths: '1000000' };
  const chain = { chainId: 901, name: 'alpha', source: 7, wrappedNative: addressOf(0), m: 0, roles };
  const ages = { initialBp: 10_000, maintenanceBp: 10_000, staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4_320 };
  const underlyings = ids.map((id) => ({ id, symbol: `S${id}`, aggregator: addressOf(60 + id), ...bounds }));
  const settlement = { chainId: 900, name: 'settlement', roles: { ...roles, riskAdmin: addressOf(4) }, underlyings };
  const { acts } = planDeployment(
    parseDeploymentRequest({
      version: 1,
      profile: 'development',
      salt: `0x${'00'.repeat(32)}`,
      attesters: { members: [14, 13, 12, 11].map(addressOf), activeFrom: 1_000 },
      settlement,
      chains: [{ ...chain, ...ages, assets: [{ ...asset, ...limits, ...weight }] }],
    }),
  );
  return acts.find(({ text }) => text.startsWith('riskManager.poke')) as PlannedAct;
}

/** A risk manager in which these slots have a price. */
function readerOf(...poked: readonly number[]): Parameters<typeof isActDone>[0] {
  const call = async ({ data }: { data: `0x${string}` }) => {
    const { args } = decodeFunctionData({ abi: riskManagerAbi, data });
    const price = poked.includes(Number(args?.[0])) ? 7n : 0n;
    const result = { price, ema: price, confPpm: 0, observedAt: 1, maxAgeS: 3_600, failing: false };
    return { data: encodeFunctionResult({ abi: riskManagerAbi, functionName: 'priceOf', result }) };
  };
  return { call } as never;
}

describe('the poke of a deployment', () => {
  it.each([[[1, 3, 2]], [[3, 1, 2]], [[1, 2, 3]]])(
    'is done once each of the slots %j has a price, wherever a corrected plan puts a new one',
    async (slots) => {
      const poke = pokeOf(...slots);
      expect(await isActDone(readerOf(1, 2), poke)).toBe(false);
      expect(await isActDone(readerOf(1, 2, 3), poke)).toBe(true);
    },
  );
});
