import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keccak256 } from '@surety/contracts';
import type { AggregatorClient, TreeNodeView } from '@surety/client';
import { accountOf, followLock, lockTokens, waitUntil } from '@surety/devnet';
import { type Bytes32, SumTree, bytes32 } from '@surety/domain';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const WITHIN_MS = 60_000;
const ALICE = accountOf('alice');
const UNITS = 50_000_000n;
/** What the lying aggregator adds to alice's line. */
const TOO_MUCH = 7n;
const OTHER_STATE = bytes32(`0x${'ab'.repeat(32)}`);
let line: Line;
let liar: Liar;

beforeAll(async () => {
  line = await startLine();
  const { devnet } = line;
  const { chainId, fee } = { chainId: 901, fee: 5n };
  for (const by of ['alice', 'bob'] as const) {
    const lock = await lockTokens(devnet.network, { chainId, by, asset: 'USDC', units: UNITS, fee });
    await followLock(devnet, { chainId, lock, withinMs: WITHIN_MS });
  }
  await waitUntil({
    what: 'the lines in the trees',
    withinMs: WITHIN_MS,
    probe: async () => (await devnet.aggregator.readAccountProof(accountOf('bob'))).lines.length > 0 || undefined,
  });
  liar = await lieAbout(devnet.aggregator, devnet.aggregatorUrl);
});
afterAll(async () => {
  liar?.close();
  await line?.stop();
});

interface Liar {
  readonly url: string;
  readonly assetId: number;
  readonly index: number;
  close(): void;
}

/** Starts an aggregator that shows what another one does, but for another state hash and one line of alice, which it has in its trees too. */
async function lieAbout(honest: AggregatorClient, origin: string): Promise<Liar> {
  const { trees, lines } = await honest.readAccountProof(ALICE);
  const [told] = lines;
  const tree = trees.find(({ assetId }) => assetId === told?.assetId);
  if (told === undefined || tree === undefined) throw new Error('alice has no line');
  const { assetId } = told;
  const leaves = await Promise.all(
    Array.from({ length: Number(tree.count) }, async (_, index) => {
      const leaf = (await honest.readTreeNode({ assetId, height: 0, index }))?.leaf;
      return {
        account: leaf?.account as Bytes32,
        assetId,
        amount: (leaf?.amount ?? 0n) + (BigInt(index) === told.index ? TOO_MUCH : 0n),
      };
    }),
  );
  const lied = SumTree.of(leaves, keccak256);
  const root = { assetId, count: lied.count, ...lied.root };
  const answerTo = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const path = request.url ?? '';
    const [, , kind, asset, height, index] = path.split('/');
    if (kind === 'trees' && Number(asset) === assetId) {
      const node = lied.at(Number(height), Number(index));
      if (node === undefined) return { status: 404, body: { type: 'about:blank', title: 'Not found', status: 404 } };
      const leaf = height === '0' ? leaves[Number(index)] : undefined;
      const view: TreeNodeView = { stateHash: OTHER_STATE, tree: root, ...node, leaf: leaf ?? null };
      return { status: 200, body: view };
    }
    const answer = await fetch(new URL(path, origin));
    const body = (await answer.json()) as Record<string, unknown>;
    if (kind === 'status') Object.assign(body['stateHash'] as object, { hash: OTHER_STATE });
    if (path.endsWith('/proof')) body['stateHash'] = OTHER_STATE;
    if (path.endsWith('/proof'))
      body['trees'] = (body['trees'] as { assetId: string }[]).map((one) =>
        Number(one.assetId) === assetId ? root : one,
      );
    return { status: answer.status, body };
  };
  const server = createServer((request, response) => {
    void answerTo(request).then(({ status, body }) => {
      const text = JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    assetId,
    index: Number(told.index),
    close: () => void server.close(),
  };
}

const bisect = (url: string, other: string): Promise<Answer> =>
  runSurety(
    fromRunbook('14', 'npx surety bisect <url> <other url>', { '<url>': url, '<other url>': other }),
    line.devnet.environmentOf('operator'),
  );

it('names the line about which one of two aggregators lies, and the ledger’s word on it', async () => {
  const { code, output, refusal } = await bisect(line.devnet.aggregatorUrl, liar.url);
  expect([code, refusal?.code]).toEqual([1, 'UNHEALTHY']);
  const amount = (await line.devnet.aggregator.readAccountProof(ALICE)).lines[0]?.amount ?? 0n;
  expect(output).toMatchObject({
    differs: true,
    edges: [],
    lines: [
      {
        assetId: liar.assetId,
        account: ALICE,
        index: liar.index,
        shown: [String(amount), String(amount + TOO_MUCH)],
        ledger: { amount: String(amount) },
      },
    ],
  });
  const other = await bisect(liar.url, line.devnet.aggregatorUrl);
  expect(other.output['lines']).toMatchObject([{ shown: [String(amount + TOO_MUCH), String(amount)] }]);
});

it('finds nothing between an aggregator and itself under another name, and asks for two', async () => {
  const { aggregatorUrl } = line.devnet;
  const same = await bisect(aggregatorUrl, aggregatorUrl.replace('127.0.0.1', 'localhost'));
  expect([same.code, same.refusal, same.output]).toEqual([0, undefined, { differs: false }]);
  expect((await bisect(aggregatorUrl, aggregatorUrl)).refusal).toMatchObject({ code: 'BAD_USE' });
});
