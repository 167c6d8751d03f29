import { formatWire } from '@surety/api';
import { attesterSetAbi } from '@surety/contracts';
import { type Hex, decodeFunctionData, encodeFunctionResult } from 'viem';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { finalBlockOf } from '../testing/fake-settlement-reader.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testEdge, testEdgeToVault, testEpoch, testKey, testLock } from '../testing/test-attesters.js';
import { ChainVaultReader } from './chain-vault-reader.js';

const FRESH = [4, 5, 6, 7].map(testKey);
const ACTIVE_FROM = 1_700_000_050n;
/** After this the sets are read again. */
const REREAD_MS = 60_000;

let test: TestApp;
beforeEach(async () => {
  test = await startTestApp();
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n), testLock(testAccount(1), 9n));
});
afterEach(() => test.close());

/** The fakes show no log of a verifier at all. */
const sets = () => [testEpoch(test.keys), testEpoch(FRESH, 2, ACTIVE_FROM)];

it('takes what the next set signs though no provider showed the log of the rotation', async () => {
  await test.follower.advance();
  test.reader.epochs = sets();
  test.reader.tip += 1n;
  await test.follower.advance();
  const later = test.journal.statement(3, { epoch: 2, asOf: ACTIVE_FROM + 10n });
  const statements = FRESH.slice(0, 3).map((key) => test.journal.signed(key, later));
  const post = async (): Promise<unknown> => {
    const payload = formatWire({ statements }) as object;
    return (await test.app.inject({ method: 'POST', url: '/v1/statements', payload })).json();
  };
  expect(await post()).toMatchObject({ code: 'WRONG_EPOCH' });

  test.clock.nowValueMs += REREAD_MS;
  test.reader.tip += 1n;
  await test.follower.advance();
  expect(await post()).toMatchObject({ outcomes: [{ fresh: true }, { fresh: true }, { fresh: true }] });
});

it('reads the sets of the ledger’s verifier again though no block is new', async () => {
  await test.follower.advance();
  test.reader.epochs = sets();
  test.clock.nowValueMs += REREAD_MS;
  await test.follower.advance();
  expect(test.intake.epochsOf(testEdge().domain)).toHaveLength(2);
});

it('reads the sets of a vault’s verifier again without a log', async () => {
  const { domain } = testEdgeToVault();
  await test.vault.open();
  await test.vault.advance();
  test.vaultReader.epochs = sets();
  test.clock.nowValueMs += REREAD_MS;
  await test.vault.advance();
  expect(test.intake.epochsOf(domain)).toHaveLength(2);
});

it('reads again at the next pass if the sets could not be read', async () => {
  await test.follower.advance();
  const read = test.reader.readEpochs.bind(test.reader);
  test.clock.nowValueMs += REREAD_MS;
  test.reader.tip += 1n;
  test.reader.epochs = sets();
  test.reader.readEpochs = () => Promise.reject(new Error('no quorum'));
  await expect(test.follower.advance()).rejects.toThrow('no quorum');
  test.reader.readEpochs = read;
  await test.follower.advance();
  expect(test.intake.epochsOf(testEdge().domain)).toHaveLength(2);
});

it('asks nothing about a set that has ended', async () => {
  const asked: string[] = [];
  const answers = { newestEpoch: 2, k: 3, activeFrom: 5, expires: 2 ** 40 - 1, suspended: 0, suspensionEnd: 0 };
  const callAgreed = async ({ input }: { readonly input: Hex }) => {
    const call = decodeFunctionData({ abi: attesterSetAbi, data: input });
    const [epoch = 0] = (call.args ?? []) as readonly number[];
    asked.push(`${call.functionName} ${epoch}`);
    const result = { ...answers, members: [FRESH[0]?.address] }[call.functionName as 'k'];
    return encodeFunctionResult({ abi: attesterSetAbi, functionName: call.functionName, result });
  };
  const reader = new ChainVaultReader({
    chain: { chainId: 31 },
    caller: { callAgreed },
    known: testEdgeToVault(),
  } as never);
  const block = finalBlockOf(31, 1_000n);
  const ended = { ...testEpoch(test.keys), expires: block.timestamp };
  expect((await reader.readEpochs({ block, known: [ended] }))[0]).toBe(ended);
  expect(asked.map((name) => name.split(' ')[1])).toEqual(['0', '2', '2', '2', '2', '2', '2']);

  asked.length = 0;
  await reader.readEpochs({ block, known: [{ ...ended, expires: block.timestamp + 1n }] });
  expect(asked).toContain('expires 1');
});
