import { type ProviderEndpoint, exampleNetwork, vaultEdges } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi, localDeskAbi } from '@surety/contracts';
import { accountId, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import {
  type Abi,
  type AbiFunction,
  type Hex,
  decodeFunctionData,
  encodeErrorResult,
  encodeFunctionResult,
  keccak256,
  numberToHex,
  parseTransaction,
  toFunctionSelector,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import { openReader } from '../chains/open-sender.js';
import { serveMethods } from '../testing/serve-landing.js';
import { openLocalDesk } from './open-local-desk.js';

const OWNER = privateKeyToAccount(`0x${'ab'.repeat(32)}`);
const HASH: Hex = `0x${'11'.repeat(32)}`;
const VIEWS: Abi = [...collateralLedgerAbi, ...collateralVaultAbi].filter(
  (one) => one.type === 'function' && ['journalHead', 'replicaState'].includes(one.name),
);
const CANCEL = toFunctionSelector('cancelNonce(bytes32,uint256)');
const USED = encodeErrorResult({ abi: collateralLedgerAbi, errorName: 'NonceUsed', args: [HASH, 1n] });
const BLOCK_S = 1_800_000_000n;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Answers a view with zeros. */
function emptyAnswer(data: Hex): Hex {
  const item = VIEWS.find(
    (one) => one.type === 'function' && toFunctionSelector(one) === data.slice(0, 10),
  ) as AbiFunction;
  const result = item.outputs.map(({ type }) =>
    type === 'bytes32' ? HASH : type === 'bool' ? false : /^uint(?:64|128|256)$/.test(type) ? 0n : 0,
  );
  return encodeFunctionResult({ abi: [item], functionName: item.name, result });
}

/** A chain on which releases of the desk revert, as after an entry in front of them; `isUsed`: somebody else submits each order at once; `isStuck`: they wait in
 * vain until they would be refused. */
async function openDesk({
  isUsed = false,
  isCancelOdd = false,
  isStuck = false,
  refusal = '',
  times = [BLOCK_S],
} = {}) {
  const sent: { to: Hex; data: Hex }[] = [];
  const hashes: Hex[] = [];
  const isRelease = ({ data }: { data: Hex }): boolean => data !== '0x' && !data.startsWith(CANCEL);
  const isMined = (one: { data: Hex }): boolean => !isStuck || !isRelease(one);
  const answer =
    (timestamp: bigint) =>
    (method: string, [first]: readonly unknown[]) => {
      switch (method) {
        case 'eth_chainId':
          return numberToHex(home.chainId);
        case 'eth_blockNumber':
          return '0x64';
        case 'eth_getBlockByNumber':
          return {
            number: '0x64',
            hash: HASH,
            timestamp: numberToHex(timestamp),
            baseFeePerGas: '0x1',
            transactions: [],
          };
        case 'eth_getBalance':
          return '0xde0b6b3a7640000';
        case 'eth_getTransactionCount':
          return numberToHex(sent.filter(isMined).length);
        case 'eth_estimateGas': {
          const isCancel = (first as { data: Hex }).data.startsWith(CANCEL);
          if (isCancel && isCancelOdd) return 'odd';
          if (isCancel ? isUsed : refusal === 'NonceUsed') return { reverted: USED };
          return !isCancel && (refusal === 'other' || (isStuck && sent.length > 0)) ? { reverted: '0x' } : '0x10000';
        }
        case 'eth_call': {
          const { data } = first as { data: Hex };
          return VIEWS.some((one) => one.type === 'function' && toFunctionSelector(one) === data.slice(0, 10))
            ? emptyAnswer(data)
            : '0x';
        }
        case 'eth_sendRawTransaction': {
          const { to, data } = parseTransaction(first as Hex);
          sent.push({ to: to as Hex, data: data ?? '0x' });
          hashes.push(keccak256(first as Hex));
          return hashes.at(-1);
        }
        case 'eth_getTransactionByHash':
          return { hash: first };
        case 'eth_getTransactionReceipt': {
          const one = sent[hashes.indexOf(first as Hex)];
          if (one === undefined || !isMined(one)) return null;
          const placed = { transactionHash: first, blockHash: HASH, blockNumber: '0x64', logs: [] };
          return { ...placed, gasUsed: '0x1', effectiveGasPrice: '0x1', status: isRelease(one) ? '0x0' : '0x1' };
        }
        default:
          return '0x1';
      }
    };
  const urls = await Promise.all(times.map((time) => serveMethods(answer(time), closing)));
  const endpoints = urls.map(
    (url, at) => ({ name: `${at}`, operator: `${at}`, url: { reveal: () => url } }) as unknown as ProviderEndpoint,
  );
  const at = { chain: { ...home, blockTimeMs: isStuck ? 20 : 200 }, endpoints, clock: systemClock };
  const edges = vaultEdges(settlement, { chainId: home.chainId, vault });
  const place = { ...at, vault, settlement, desk: address(vault.desk), client: openReader(at), edges };
  const desk = openLocalDesk(place, { account: OWNER, waiting: { environment: {}, tell: () => undefined } });
  const release = () =>
    desk.releaseAndPay({
      account: accountId({ owner: address(OWNER.address.toLowerCase()), home: 0, sub: 0n }),
      assetId: 1,
      vaultAsset: 1,
      amount: 20_000_000_000n,
      recipient: `0x${'ef'.repeat(20)}`,
      fee: 0n,
    });
  const orders = () =>
    sent
      .filter(isRelease)
      .map(
        ({ data }) => decodeFunctionData({ abi: localDeskAbi, data }).args?.[0] as { nonce: bigint; deadline: number },
      );
  const cancelled = () =>
    sent
      .filter(({ data }) => data.startsWith(CANCEL))
      .map(({ to, data }) => [to, decodeFunctionData({ abi: collateralLedgerAbi, data }).args?.[1]]);
  return { release, orders, cancelled };
}

const network = exampleNetwork();
const settlement = network.settlement as NonNullable<typeof network.settlement>;
const home = network.chains.find(({ chainId }) => chainId === settlement.chainId) as (typeof network.chains)[number];
const foreign = network.chains.find(({ vault }) => vault !== undefined)?.vault;
const vault = { ...(foreign as NonNullable<typeof foreign>), source: 0, desk: `0x${'de'.repeat(20)}` };

describe('the order of a release that reverted', () => {
  it('is cancelled before the person hears of it', async () => {
    const { release, orders, cancelled } = await openDesk();
    await expect(release()).rejects.toMatchObject({
      code: 'RELEASE_REFUSED',
      message: expect.stringContaining('its order is cancelled, and nothing of it is under way'),
    });
    expect(cancelled()).toEqual([[settlement.ledger, orders()[0]?.nonce]]);
  });

  it('is named with the time to wait for where nobody knows whether it is cancelled', async () => {
    const { release } = await openDesk({ isCancelOdd: true });
    await expect(release()).rejects.toThrow(
      /its order may not be cancelled \(.*"odd" as gas.*\): anybody may submit .*; wait until then, then look whether/,
    );
  });

  it('is told as done where somebody else has submitted it', async () => {
    const { release } = await openDesk({ isUsed: true });
    await expect(release()).rejects.toThrow(
      'somebody else has submitted its order: the release is made; do not repeat it',
    );
  });
});

describe('the order of a release that waited in vain', () => {
  it('is cancelled, although the release is refused by now', async () => {
    const { release, orders, cancelled } = await openDesk({ isStuck: true });
    await expect(release()).rejects.toThrow(/the release was refused: .*; its order is cancelled, and nothing of it/);
    expect(cancelled()).toEqual([[settlement.ledger, orders()[0]?.nonce]]);
  });
});

describe('the order of a release that was not sent', () => {
  it('is told as done where a provider has submitted it', async () => {
    const { release, cancelled } = await openDesk({ refusal: 'NonceUsed' });
    await expect(release()).rejects.toThrow('NonceUsed; somebody else has submitted its order: the release is made');
    expect(cancelled()).toEqual([]);
  });

  it('is named with the second from which nobody can submit it', async () => {
    const { release, cancelled } = await openDesk({ refusal: 'other' });
    await expect(release()).rejects.toThrow(
      /nothing was sent, but providers saw its order: anybody may submit its signed order, number \d+, until 2027-01-15T08:10:00.000Z; wait until then, then look whether the line was debited; repeat only if not$/,
    );
    expect(cancelled()).toEqual([]);
  });
});

describe('the last second of an order', () => {
  it('is counted from a block time of two thirds of the providers', async () => {
    const { release, orders } = await openDesk({ times: [2n ** 40n - 700n, BLOCK_S, BLOCK_S] });
    await expect(release()).rejects.toThrow('its order is cancelled');
    expect(new Set(orders().map(({ deadline }) => deadline))).toEqual(new Set([Number(BLOCK_S) + 600]));
  });
});
