import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DeploymentPlan,
  type DeploymentRecord,
  type DeploymentRequest,
  configureFromRecord,
  keccak256,
  planDeployment,
  priceDeskAbi,
  riskManagerAbi,
  verifyDeployment,
} from '@surety/contracts';
import { type LocalNetwork, connectWallet, devnetAccount, startNetwork } from '@surety/devnet';
import { type Address, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { type Hex, concat, encodeFunctionData, encodePacked, numberToHex } from 'viem';
import { sign } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSurety } from './run-surety.js';
import { carryOut, providersOf, requestOf } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const ETH = 3;
const FEED_ID = bytes32(`0x455448${'00'.repeat(29)}`);
const folder = mkdtempSync(join(tmpdir(), 'surety-prices-'));
let network: LocalNetwork;
let plan: DeploymentPlan;
let record: DeploymentRecord;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
  plan = planDeployment(requestOf(network, 'c', overSeveralNetworks));
});

afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** USD of one network, BTC of two that push, ETH of one that pushes and of RedStone's packages. */
function overSeveralNetworks(request: DeploymentRequest): DeploymentRequest {
  const underlyings = request.settlement.underlyings.map((underlying) => {
    if ('sources' in underlying) return underlying;
    const { aggregator, maxAheadS, ...slot } = underlying;
    const pushed = { kind: 'aggregator', aggregator, maxAgeS: slot.maxAgeS } as const;
    const first = { ...pushed, network: 'chainlink', maxAheadS };
    const second = { ...pushed, network: 'api3', maxAheadS: maxAheadS - 1 };
    const signers = [devnetAccount('bob').address];
    const bounds = { maxAgeS: 300, confMaxPpm: 20_000 };
    const pulled = { kind: 'redstone', feedId: FEED_ID, signers, threshold: 1, decimals: 8, ...bounds } as const;
    return { ...slot, sources: { USD: [first], BTC: [first, second] }[slot.symbol] ?? [first, pulled] };
  });
  return { ...request, settlement: { ...request.settlement, underlyings } };
}

/** A package of one signer for the chain's present time, as RedStone's wire has it. */
async function payloadOf(value: bigint): Promise<Hex> {
  const block = await network.readers.get(SETTLEMENT)?.getBlock();
  const said = encodePacked(
    ['bytes32', 'uint256', 'uint48', 'uint32', 'uint24'],
    [FEED_ID, value, Number(block?.timestamp) * 1000, 32, 1],
  );
  const hash = bytesToHex(keccak256(hexToBytes(said)));
  const { r, s, v } = await sign({ hash, privateKey: devnetAccount('bob').key });
  return concat([said, r, s, numberToHex(v ?? 27n, { size: 1 }), '0x0001', '0x000000', '0x000002ed57011e0000']);
}

/** Brings ETH's update through the price desk, in front of a call that anyone may make. */
async function bringUpdate(value: bigint): Promise<void> {
  const { priceDesk, riskManager, prices } = plan.settlement;
  const adapter = prices[ETH - 1]?.adapters[1] as Address;
  const wallet = connectWallet(network.nodes.get(SETTLEMENT)?.url ?? '', SETTLEMENT, 'alice');
  const data = encodeFunctionData({ abi: riskManagerAbi, functionName: 'poke', args: [[ETH]] });
  const hash = await wallet.writeContract({
    address: priceDesk,
    abi: priceDeskAbi,
    functionName: 'updateAndCall',
    args: [[adapter], [[await payloadOf(value)]], [ETH], riskManager, data],
    chain: null,
  });
  const receipt = await network.readers.get(SETTLEMENT)?.waitForTransactionReceipt({ hash });
  expect(receipt?.status).toBe('success');
}

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly detail: string;
}

/** What the doctor says of prices, with the recorded deployment in its file. */
async function askDoctor(change: (text: string) => string = (text) => text): Promise<readonly Finding[]> {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as { settlement: object };
  Object.assign(file.settlement, configureFromRecord(record).settlement);
  const path = join(folder, 'sources.config.json');
  writeFileSync(path, change(JSON.stringify(file)));
  const { output } = await runSurety(['doctor'], { SURETY_CONFIG: path, ...providersOf(network) });
  return (output['findings'] as Finding[]).filter(({ check }) => /^price (?!of )/.test(check));
}

describe('a deployment whose prices rest on several networks', () => {
  it('lists no asset before a first update of the network that must be asked for', async () => {
    await expect(carryOut(network, plan)).rejects.toThrow(
      /^ledger\.listAsset\(.*underlying: 3,.* for WETH: .*run again$/s,
    );
  });

  it('is verified whole after it, and names the sources of each price in its record', async () => {
    await bringUpdate(351_000_000_000n);
    await carryOut(network, plan);
    record = await verifyDeployment(plan, network.readers, []);
    const cached = await network.readers.get(SETTLEMENT)?.readContract({
      address: plan.settlement.riskManager,
      abi: riskManagerAbi,
      functionName: 'priceOf',
      args: [ETH],
    });
    // The mean of 3,500 and 3,510, and half of what lies between them.
    expect(cached).toMatchObject({ price: 3_505_000_000_000_000n, confPpm: 1427 });
    expect(record.settlement.underlyings.map(({ sources }) => sources?.map(({ kind }) => kind))).toEqual([
      ['aggregator'],
      ['aggregator', 'aggregator'],
      ['aggregator', 'redstone'],
    ]);
  });

  it('differs from a plan of other terms, source by source', async () => {
    const { settlement } = plan.request;
    const underlyings = settlement.underlyings.map((underlying) =>
      'sources' in underlying
        ? {
            ...underlying,
            spreadMaxPpm: 30_000,
            sources: underlying.sources.map((source) =>
              source.kind === 'redstone' ? { ...source, threshold: 2 } : source,
            ),
          }
        : underlying,
    );
    const other = { ...plan, request: { ...plan.request, settlement: { ...settlement, underlyings } } };
    await expect(verifyDeployment(other, network.readers, [])).rejects.toThrow(
      /3 points:(?=[^]*BTC: spreadMaxPpm is 20000; expected 30000)(?=[^]*ETH: redstone threshold is 1; expected 2)/,
    );
  });
});

describe('surety doctor on prices of several networks', () => {
  it('finds every source as the file lists it', async () => {
    expect(await askDoctor()).toEqual([
      { check: 'price USD', result: 'ok', detail: 'chainlink as listed' },
      { check: 'price BTC', result: 'ok', detail: 'chainlink, api3 as listed' },
      { check: 'price ETH', result: 'ok', detail: 'chainlink, redstone as listed' },
    ]);
  });

  it('fails where the file names another signer, with both', async () => {
    const [signer, other] = ['bob', 'alice'].map((name) => devnetAccount(name as 'bob' | 'alice').address);
    const [, , price] = await askDoctor((text) => text.replaceAll(String(signer), String(other)));
    expect(price?.result).toBe('fail');
    expect(price?.detail.toLowerCase()).toBe(`signers of redstone is ${signer}; expected ${other}`.toLowerCase());
  });

  it('warns of a source that the median leaves out, with its error', async () => {
    await network.nodes.get(SETTLEMENT)?.call('evm_increaseTime', [400]);
    await network.nodes.get(SETTLEMENT)?.call('evm_mine', []);
    const [, btc, eth] = await askDoctor();
    expect(btc?.result).toBe('ok');
    expect(eth).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('left out: redstone (PriceStale)') as string,
    });
  });
});
