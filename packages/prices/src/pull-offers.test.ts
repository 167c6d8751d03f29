import { readFileSync } from 'node:fs';
import { type Hex, address, bytesToHex, hexToBytes } from '@surety/domain';
import { recoverCanonical, keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AskService, createAskAll } from './pull-service.js';
import { pythOffers } from './pyth-offers.js';
import { redStoneOffers } from './redstone-offers.js';

const FEED_ID = `0x455448${'00'.repeat(29)}` as Hex;
const PYTH_ID = `0x${'ff'.repeat(32)}` satisfies Hex;
/** By RedStone's own signer, for the values 2003, 2000.5, 2001, 1999.12345678 and 2002. */
const VECTORS = JSON.parse(
  readFileSync(new URL('../../contracts/vectors/redstone-payloads.json', import.meta.url), 'utf8'),
) as Record<'three' | 'five' | 'later', Hex>;
const TIME_MS = 1_800_000_000_000;
const PACKAGE_BYTES = 142;

interface Package {
  dataPoints: { dataFeedId: string; value: number | string }[];
  timestampMilliseconds: number;
  signature: string;
}

/** The packages of a payload as a gateway gives them. */
function gatewayOf(payload: Hex, values: readonly (number | string)[], timeMs = TIME_MS): Package[] {
  const bytes = hexToBytes(payload);
  return values.map((value, at) => ({
    dataPoints: [{ dataFeedId: 'ETH', value }],
    timestampMilliseconds: timeMs,
    signature: Buffer.from(bytes.slice(at * PACKAGE_BYTES + 77, (at + 1) * PACKAGE_BYTES)).toString('base64'),
  }));
}

const says =
  (answer: unknown): AskService =>
  () =>
    Promise.resolve(answer);
const fails: AskService = () => Promise.reject(new Error('status 503'));

describe('offers of RedStone', () => {
  const values = [2003, 2000.5, 2001, 1999.12345678, 2002];
  let signers: ReturnType<typeof address>[];
  let packages: Package[];

  beforeAll(async () => {
    const bytes = hexToBytes(VECTORS.five);
    const found = values.map((_value, at) => {
      const one = bytes.slice(at * PACKAGE_BYTES, (at + 1) * PACKAGE_BYTES);
      return recoverCanonical(bytesToHex(keccak256(one.slice(0, 77))) as Bytes32, bytesToHex(one.slice(77)));
    });
    signers = (await Promise.all(found)).map((signer) => address(signer ?? '0x'));
    packages = gatewayOf(VECTORS.five, values);
  });
  const offersOf = (threshold: number, ...services: AskService[]): ReturnType<ReturnType<typeof redStoneOffers>> => {
    const adapter = address(`0x${'aa'.repeat(20)}`);
    return redStoneOffers(services, { kind: 'redstone', adapter, feedId: FEED_ID, signers, threshold })();
  };

  it('are the payload of the vendor’s own encoder, with the contract’s median', async () => {
    const [offer] = await offersOf(3, says({ ETH: packages }));
    expect(offer).toEqual({
      service: 'all services',
      updates: [VECTORS.five],
      price1e12: 2_001_000_000_000_000n,
      observedAt: BigInt(TIME_MS / 1_000),
    });
  });

  it('take a value in decimal text, and the mean of two', async () => {
    const two = gatewayOf(VECTORS.five, ['2003', '2000.5']);
    expect(await offersOf(2, says({ ETH: two }))).toMatchObject([{ price1e12: 2_001_750_000_000_000n }]);
  });

  it('gather signers over gateways, and leave one out that fails', async () => {
    const halves = [says({ ETH: packages.slice(0, 2) }), fails, says({ ETH: packages.slice(2) })];
    expect(await offersOf(5, ...halves)).toHaveLength(1);
  });

  it('count a signer once, and nobody whose signature names another value', async () => {
    expect(await offersOf(2, says({ ETH: [packages[0], packages[0]] }))).toEqual([]);
    const forged = packages.map((one) => ({ ...one, dataPoints: [{ dataFeedId: 'ETH', value: 1 }] }));
    expect(await offersOf(1, says({ ETH: forged }))).toEqual([]);
  });

  it('are of the newest time for which enough signed', async () => {
    const [later] = gatewayOf(VECTORS.later, [2010], TIME_MS + 10_000);
    const [offer] = await offersOf(3, says({ ETH: [later, ...packages] }));
    expect(offer?.observedAt).toBe(BigInt(TIME_MS / 1_000));
    expect(await offersOf(1, says({ ETH: [later, ...packages] }))).toMatchObject([
      { observedAt: BigInt(TIME_MS / 1_000 + 10) },
    ]);
  });

  const malformed = (dataFeedId: string, value: unknown): object => ({
    dataPoints: [{ dataFeedId, value }],
    timestampMilliseconds: 1,
    signature: '',
  });
  it.each([
    ['another price has a long name', { X: [malformed('A_FEED_WITH_A_NAME_OF_34_CHARACTERS', 1)] }],
    ['another price has no number', { X: [malformed('X', null)] }],
    ['another member is no list', { meta: {} }],
  ])('are given where %s', async (_name, others) => {
    expect(await offersOf(3, says({ ETH: packages, ...others }))).toHaveLength(1);
  });

  it('are given where another package of the price is malformed', async () => {
    expect(await offersOf(3, says({ ETH: [null, malformed('ETH', null), ...packages] }))).toHaveLength(1);
  });

  it('are of the first 64 packages of each gateway', async () => {
    const others = Array.from({ length: 64 }, () => malformed('ETH', null));
    expect(await offersOf(3, says({ ETH: [...others, ...packages] }))).toEqual([]);
    expect(await offersOf(3, says({ ETH: others }), says({ ETH: packages }))).toHaveLength(1);
  });

  it.each([
    ['no package of this price', { BTC: [] }],
    ['another form', { ETH: 'none' }],
    [
      'two points in one package',
      {
        ETH: [
          {
            dataPoints: [
              { dataFeedId: 'ETH', value: 1 },
              { dataFeedId: 'BTC', value: 1 },
            ],
            timestampMilliseconds: 1,
            signature: '',
          },
        ],
      },
    ],
    [
      'a value that JSON gives in powers of ten',
      { ETH: [{ dataPoints: [{ dataFeedId: 'ETH', value: 1e30 }], timestampMilliseconds: 1, signature: 'AA==' }] },
    ],
    ['nothing', null],
  ])('are none where a gateway answers with %s', async (_name, answer) => {
    expect(await offersOf(1, says(answer))).toEqual([]);
  });

  it('fail with the gateway’s own error where all fail', async () => {
    await expect(offersOf(1, fails, fails)).rejects.toThrow('status 503');
  });
});

describe('services asked together', () => {
  it('wait for one that fails beside others less and less often, and for all again once it answers', async () => {
    let isHung = true;
    const asked: number[] = [];
    let pass = 0;
    const hung: AskService = () => {
      asked.push(pass);
      return isHung ? Promise.reject(new Error('no answer within 5000 ms')) : Promise.resolve('late');
    };
    const askAll = createAskAll([says('good'), hung]);
    for (; pass < 40; pass += 1) expect(await askAll('')).toEqual([{ service: 'service 1', answer: 'good' }]);
    expect(asked).toEqual([0, 2, 6, 14, 22, 30, 38]);
    isHung = false;
    for (; pass < 48; pass += 1) await askAll('');
    expect(asked.slice(7)).toEqual([46, 47]);
  });

  it('are asked out of turn where nobody in turn answers, and count no failure that all share', async () => {
    let [first, second]: (AskService | undefined)[] = [says('one'), fails];
    const askAll = createAskAll([(path) => (first ?? fails)(path), (path) => (second ?? fails)(path)]);
    expect(await askAll('')).toHaveLength(1);
    [first, second] = [fails, says('two')];
    expect(await askAll('')).toEqual([{ service: 'service 2', answer: 'two' }]);
    second = fails;
    await expect(askAll('')).rejects.toThrow('status 503');
    [first, second] = [says('one'), says('two')];
    expect(await askAll('')).toHaveLength(2);
  });
});

describe('offers of Pyth', () => {
  const hermes = (price: string, expo: number, time: number, data = '504e4155'): AskService =>
    says({
      binary: { encoding: 'hex', data: [data] },
      parsed: [{ id: 'ff'.repeat(32), price: { price, conf: '1', expo, publish_time: time }, ema_price: {} }],
    });

  it('are one of each service, newest first, scaled as the adapter scales', async () => {
    const offers = await pythOffers(
      [hermes('184136023127', -8, 10), fails, hermes('1841', 0, 12, '0x504E')],
      PYTH_ID,
    )();
    expect(offers).toEqual([
      { price1e12: 1_841_000_000_000_000n, observedAt: 12n, service: 'service 3', updates: ['0x504e'] },
      { price1e12: 1_841_360_231_270_000n, observedAt: 10n, service: 'service 1', updates: ['0x504e4155'] },
    ]);
  });

  it('round down what has more than twelve decimals', async () => {
    expect(await pythOffers([hermes('19999', -16, 10)], PYTH_ID)()).toMatchObject([{ price1e12: 1n }]);
  });

  it.each([
    ['another price', { binary: { encoding: 'hex', data: ['00'] }, parsed: [] }],
    [
      'a negative price',
      {
        binary: { encoding: 'hex', data: ['00'] },
        parsed: [{ id: PYTH_ID, price: { price: '-1', expo: 0, publish_time: 1 } }],
      },
    ],
    ['bytes that are no hex', { binary: { encoding: 'hex', data: ['xy'] }, parsed: [] }],
    ['text', 'Too Many Requests'],
  ])('are none where a service answers with %s', async (_name, answer) => {
    expect(await pythOffers([says(answer)], PYTH_ID)()).toEqual([]);
  });

  it('ask for one price by its id', async () => {
    const asked: string[] = [];
    await pythOffers([(path) => (asked.push(path), Promise.resolve(null))], PYTH_ID)();
    expect(asked).toEqual([`v2/updates/price/latest?ids[]=${PYTH_ID}&encoding=hex&parsed=true`]);
  });
});
