import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Network, ProviderEndpoint } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import { type AppError, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type TransactionSerializableEIP1559, encodeErrorResult, parseTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import { tellFailure } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { type ActOptions, actByHand, outcomeText } from './act-by-hand.js';

const chain = {
  chainId: 901,
  name: 'alpha',
  blockTimeMs: 1_000,
  providers: [],
} as unknown as Network['chains'][number];
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const vault = address(`0x${'77'.repeat(20)}`);
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const HEAD = {
  number: '0x1',
  hash: `0x${'b1'.repeat(32)}`,
  parentHash: `0x${'b0'.repeat(32)}`,
  timestamp: '0x1',
  baseFeePerGas: '0x1',
};
/** A pool that takes every transaction, and a chain that never has a block for it. */
const ANSWERS: Record<string, unknown> = {
  eth_chainId: '0x385',
  eth_getTransactionCount: '0x0',
  eth_getBalance: '0xde0b6b3a7640000',
  eth_getBlockByNumber: HEAD,
  eth_getTransactionReceipt: null,
};

/** A provider whose estimate gives gas, or reverts with these bytes. */
async function serve(
  revert?: `0x${string}`,
  answers: Record<string, unknown> = ANSWERS,
): Promise<{ asked: string[]; sent: TransactionSerializableEIP1559[]; endpoints: ProviderEndpoint[] }> {
  const asked: string[] = [];
  const sent: TransactionSerializableEIP1559[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: `0x02${string}`[] };
      asked.push(method);
      if (method === 'eth_sendRawTransaction') sent.push(parseTransaction(params[0] ?? '0x02'));
      const refused = method === 'eth_estimateGas' && revert !== undefined;
      const result = method in answers ? answers[method] : '0x10000';
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          ...(refused ? { error: { code: 3, message: 'execution reverted', data: revert } } : { result }),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint = { name: 'one', operator: 'one', url: { reveal: () => url } };
  return { asked, sent, endpoints: [endpoint as unknown as ProviderEndpoint] };
}

const act = (
  endpoints: ProviderEndpoint[],
  options: ActOptions,
  person: Partial<Terminal> = {},
  place: Partial<typeof chain> = {},
) => {
  const terminal = {
    environment: {},
    clock: systemClock,
    confirm: async () => false,
    ...person,
  } as unknown as Terminal;
  const call = { purpose: 'appoint', to: vault, calldata: '0x12345678', gasCeiling: 500_000n } as const;
  const planned = { call, question: 'Appoint?', code: 'APPOINT_REFUSED' } as const;
  const at = { chain: { ...chain, ...place }, endpoints, clock: systemClock };
  return actByHand({ terminal, options, account }, at, planned);
};

describe('an act by hand', () => {
  it('is refused with the contract’s own reason before anybody is asked', async () => {
    const revert = encodeErrorResult({ abi: collateralVaultAbi, errorName: 'HomeNotSupported', args: [0] });
    const { endpoints } = await serve(revert);
    await expect(act(endpoints, { yes: true })).rejects.toMatchObject({
      code: 'APPOINT_REFUSED',
      message: `the appoint would be refused by ${vault} on alpha: HomeNotSupported(0): an owner lives on the settlement chain (home 0) or on this one (home = the vault's source); nothing was sent`,
    });
  });

  it('ends after its simulation if it is a dry run, and sends nothing that nobody confirms', async () => {
    const { asked, endpoints } = await serve();
    const dry = await act(endpoints, { dryRun: true });
    expect(dry).toEqual({ chainId: 901, to: vault, calldata: '0x12345678', txHash: null });
    expect(outcomeText(dry)).toBe('simulated only; it would be taken');
    await expect(act(endpoints, {})).rejects.toMatchObject({ code: 'DECLINED' });
    expect(asked.filter((method) => method.startsWith('eth_send'))).toEqual([]);
  });

  it.each([
    ['as the environment says for its chain', 901, { SURETY_FEE_CAP_WEI_901: '300', SURETY_TIP_CAP_WEI: '44' }, 44n],
    ['as nodes of Polygon ask, who take none below 25 gwei', 137, {}, 30_000_000_000n],
  ])('offers a tip %s', async (_, chainId, environment, tip) => {
    const asks = { eth_chainId: `0x${chainId.toString(16)}`, eth_maxPriorityFeePerGas: '0x6fc23ac00' };
    const { endpoints, sent } = await serve(undefined, { ...ANSWERS, ...asks });
    const interruption = new AbortController();
    const person: Partial<Terminal> = {
      environment,
      tell: () => interruption.abort(),
      untilInterrupted: (one) => one(interruption.signal),
    };
    await act(endpoints, { yes: true }, person, { chainId }).catch((cause: AppError) => cause);
    expect(sent.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas)).toEqual([tip]);
  });

  it('names its transaction before any block has it, and once more to whoever stops waiting', async () => {
    const { endpoints } = await serve();
    const told: string[] = [];
    const interruption = new AbortController();
    const tell = (line: string): void => {
      told.push(line);
      interruption.abort();
    };
    const acting = act(endpoints, { yes: true }, { tell, untilInterrupted: (one) => one(interruption.signal) });
    const failure = await acting.catch((cause: AppError) => cause);
    const [, hash = 'none'] = /^sent as (0x[0-9a-f]{64}), waiting for its block …$/.exec(told[0] ?? '') ?? [];
    expect(failure).toMatchObject({ code: 'OUTCOME_UNKNOWN', message: expect.stringContaining(hash) });
    expect(tellFailure(failure)).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^interrupted: stopped while/),
    });
  });
});
