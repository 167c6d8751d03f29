import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NetworkFile } from '@surety/config';
import { medianFeedAbi, medianFeedCode, redStoneFeedAbi, redStoneFeedCode } from '@surety/contracts';
import { type LocalNetwork, type RunningProcess, connectWallet, readHealth, waitUntil } from '@surety/devnet';
import { type Address, address } from '@surety/domain';
import { type Abi, type Hex, type PublicClient, concatHex, keccak256, padHex, stringToHex, toHex } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Line, startLine } from './start-line.js';

const SETTLEMENT = 900;
const FEED_ID = padHex(stringToHex('ETH'), { dir: 'right', size: 32 });
const KEYS = [1, 2, 3].map((number) => keccak256(padHex(toHex(number), { size: 32 })));
const STRANGERS = [4, 5, 6].map((number) => keccak256(padHex(toHex(number), { size: 32 })));

/** What the gateway answers: who signs which price. */
let quoted: { keys: readonly Hex[]; value: number };
let gateway: Server;
let line: Line;
let adapter: Address;

beforeAll(async () => {
  quoted = { keys: STRANGERS, value: 1 };
  gateway = createServer((_request, answer) => {
    void packages().then((list) => answer.end(JSON.stringify({ ETH: list })));
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v2/data-packages/latest/local`;
  line = await startLine({ prepare: addAdapter, environment: { SURETY_REDSTONE_URLS: `http://127.0.0.1:1/,${url}` } });
});
afterAll(async () => {
  await line?.stop();
  await new Promise((resolve) => gateway?.close(resolve));
});

/** Signs as RedStone's nodes do, at the second that is over. */
function packages(): Promise<readonly object[]> {
  const timeMs = Math.floor(Date.now() / 1_000) * 1_000;
  const units = BigInt(Math.round(quoted.value * 1e8));
  const signed = concatHex([FEED_ID, toHex(units, { size: 32 }), toHex(timeMs, { size: 6 }), '0x00000020', '0x000001']);
  return Promise.all(
    quoted.keys.map(async (privateKey) => ({
      dataPoints: [{ dataFeedId: 'ETH', value: quoted.value }],
      timestampMilliseconds: timeMs,
      signature: Buffer.from((await sign({ hash: keccak256(signed), privateKey, to: 'hex' })).slice(2), 'hex').toString(
        'base64',
      ),
    })),
  );
}

/** Puts a source that only updates feed beside the one that ether has, and a median in front of both. */
async function addAdapter(network: LocalNetwork): Promise<void> {
  const signers = KEYS.map((key) => privateKeyToAccount(key).address);
  const bounds = { feedId: FEED_ID, signers, threshold: 2, decimals: 8, maxAgeS: 60, confMaxPpm: 20_000 };
  const wide = { minPrice1e12: 1n, maxPrice1e12: 10n ** 18n };
  adapter = await deploy(network, redStoneFeedAbi, redStoneFeedCode.creation, [{ ...bounds, ...wide }]);
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const ether = file.settlement?.underlyings.find(({ symbol }) => symbol === 'ETH');
  if (ether === undefined) throw new Error('the local network has no price of ether');
  const pushed = { kind: 'aggregator', network: 'chainlink', adapter: ether.feed, aggregator: ether.feed } as const;
  ether.sources = [pushed, { kind: 'redstone', adapter, feedId: FEED_ID, signers, threshold: 2 }];
  ether.feed = await deploy(network, medianFeedAbi, medianFeedCode.creation, [
    [pushed.adapter, adapter],
    20_000,
    70_000,
  ]);
  writeFileSync(network.configFile, JSON.stringify(file));
}

async function deploy(network: LocalNetwork, abi: Abi, bytecode: string, args: readonly unknown[]): Promise<Address> {
  const wallet = connectWallet(network.nodes.get(SETTLEMENT)?.url ?? '', SETTLEMENT, 'feeder');
  const hash = await wallet.deployContract({ abi, bytecode: bytecode as Hex, args });
  const { contractAddress } = await readerOf(network).waitForTransactionReceipt({ hash });
  return address(contractAddress ?? '');
}

const readerOf = (network: LocalNetwork): PublicClient => network.readers.get(SETTLEMENT) as PublicClient;

/** The adapter's price, undefined while it has none. */
async function readPrice(): Promise<bigint | undefined> {
  const call = { address: adapter, abi: redStoneFeedAbi, functionName: 'kept' } as const;
  const [value, , timeMs] = await readerOf(line.devnet.network).readContract(call);
  return timeMs === 0 ? undefined : value;
}

async function readReasons(): Promise<readonly string[]> {
  const { reasons } = await readHealth(line.devnet.running('relayer', 1) as RunningProcess);
  return reasons.filter(({ detail }) => detail.startsWith('price of ETH')).map(({ code }) => code);
}

test('a relayer spends nothing on prices that strangers signed, and says that it has no update', async () => {
  await waitUntil({
    what: 'the relayer names the price',
    withinMs: 60_000,
    probe: async () => ((await readReasons()).includes('NO_UPDATE') ? true : undefined),
  });
  expect(await readPrice()).toBeUndefined();
});

test('it brings a price that enough of the adapter’s signers signed, while another gateway is away', async () => {
  quoted = { keys: KEYS.slice(0, 2), value: 2000.5 };
  const price = await waitUntil({ what: 'a price at the adapter', withinMs: 60_000, probe: readPrice });
  expect(price).toBe(200_050_000_000n);
});

test('it brings the next price at once where that moved', async () => {
  quoted = { keys: KEYS, value: 2_100 };
  await waitUntil({
    what: 'the moved price at the adapter',
    withinMs: 60_000,
    probe: async () => ((await readPrice()) === 210_000_000_000n ? true : undefined),
  });
  expect(await readReasons()).toEqual([]);
});
