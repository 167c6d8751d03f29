import {
  type AggregatorClient,
  type FirstDifference,
  type StateHashView,
  type TreeNodeReader,
  findFirstDifference,
} from '@surety/client';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Bytes32, ZERO_WORD, address } from '@surety/domain';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { type Reach, openConfig, placeOf, findSettlement } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Questions to two aggregators until both stand at the same blocks, and the pause between them. */
const TRIES = 40;
const PAUSE_MS = 500;

/** One line about which the aggregators differ, and what the ledger says of it. */
interface Disagreement {
  readonly assetId: number;
  readonly account: Bytes32;
  /** Place of the line among the asset's, from 0. */
  readonly index: number;
  /** Token units that each of the two shows; 0 without a line. */
  readonly shown: readonly [bigint, bigint];
  /** The ledger's own amount, and its block; null where no provider has its state any more. */
  readonly ledger: { readonly amount: bigint; readonly height: bigint } | null;
}

/**
 * Finds the first line about which two aggregators differ, in two questions for each doubling of the lines, and asks the ledger.
 * @throws BAD_USE for fewer than two URLs; NOT_READY while the two stand at different blocks; UNHEALTHY if they differ.
 */
export async function bisect(terminal: Terminal, urls: readonly string[], options: OutputOptions): Promise<void> {
  const config = openConfig(terminal);
  const named = urls.length === 0 ? config.aggregatorUrls : urls;
  const [first, second] = named;
  if (first === undefined || second === undefined || first === second) {
    const from = urls.length === 0 ? 'SURETY_AGGREGATOR_URLS' : 'the command';
    const count = new Set(named).size;
    throw operatorError('BAD_USE', `${from} names ${count} different URLs; expected two: surety bisect <url> <url>`);
  }
  const clients = [connectAggregator(first), connectAggregator(second)] as const;
  const state = await meet(terminal, clients);
  if (state === undefined) {
    writeResult(terminal, options, { differs: false }, () => [`${first} and ${second} have the same state hash`]);
    return;
  }
  const found = await findDisagreements(clients, state);
  const lines = await Promise.all(found.map((one) => askLedger(config, one, state)));
  const edges = lines.length > 0 ? [] : await differingEdges(clients);
  writeResult(terminal, options, { differs: true, aggregators: [first, second], lines, edges }, () => [
    ...lines.map((line) => describeLine(line, [first, second])),
    ...edges.map((edge) => `edge ${edge} is shown differently: compare GET /v1/edges of both`),
    ...(lines.length + edges.length > 0
      ? []
      : ['lines and edges are the same: compare GET /v1/edges/<edge>/payments of both']),
  ]);
  throw operatorError(
    'UNHEALTHY',
    'the two aggregators differ; trust the ledger, and rebuild the one that is wrong: docs/RUNBOOKS/14-state-hash.md',
  );
}

type Pair = readonly [AggregatorClient, AggregatorClient];

/** The states of two aggregators at the same blocks, if their hashes differ. */
type States = readonly [StateHashView, StateHashView];

/** Waits until both stand at the same blocks. Undefined if their state hashes are the same. */
async function meet({ clock }: Terminal, clients: Pair): Promise<States | undefined> {
  let seen = 'nothing';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [one, other] = await Promise.all(clients.map(async (client) => (await client.readStatus()).stateHash));
    if (one && other) {
      if (one.hash === other.hash) return undefined;
      const [here, there] = [blocksOf(one), blocksOf(other)];
      if (here === there) return [one, other];
      seen = `${here} and ${there}`;
    }
    await clock.sleep(PAUSE_MS);
  }
  throw operatorError(
    'NOT_READY',
    `the two stand at different blocks: ${seen}; expected the same ones: ask again once both have caught up`,
  );
}

const blocksOf = ({ chains }: StateHashView): string =>
  chains.map(({ chainId, height, hash }) => `${chainId}:${height} ${hash.slice(0, 10)}`).join(', ');

/** Finds the first differing line of each asset whose trees differ. */
async function findDisagreements(clients: Pair, states: States): Promise<readonly Omit<Disagreement, 'ledger'>[]> {
  const proofs = await Promise.all(clients.map((client) => client.readAccountProof(ZERO_WORD)));
  for (const [at, { stateHash }] of proofs.entries()) requireState(stateHash, states[at]);
  const [left, right] = proofs.map(({ trees }) => new Map(trees.map((tree) => [tree.assetId, tree])));
  const assets = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].toSorted(
    (one, other) => one - other,
  );
  const found: Omit<Disagreement, 'ledger'>[] = [];
  for (const assetId of assets) {
    if (left?.get(assetId)?.hash === right?.get(assetId)?.hash) continue;
    const readers = [readerOf(clients[0], states[0]), readerOf(clients[1], states[1])] as const;
    const difference = await findFirstDifference(assetId, readers);
    if (difference !== undefined) found.push({ assetId, ...lineOf(difference) });
  }
  return found;
}

/** Reads nodes of one state alone. @throws NOT_READY once the aggregator has another. */
function readerOf(client: AggregatorClient, state: StateHashView): TreeNodeReader {
  return async (place) => {
    const node = await client.readTreeNode(place);
    if (node !== undefined) requireState(node.stateHash, state);
    return node;
  };
}

/** Trees of another state say nothing of the two that were compared. @throws NOT_READY. */
function requireState(seen: Bytes32, expected: StateHashView | undefined): void {
  if (seen === expected?.hash) return;
  throw operatorError(
    'NOT_READY',
    `the state moved on to ${seen} while it was read; expected ${expected?.hash ?? 'none'}: ask again`,
  );
}

/** Names the line in question: of two accounts at one place the lesser is the one that the other tree lacks. */
function lineOf({ index, left, right }: FirstDifference): Pick<Disagreement, 'account' | 'index' | 'shown'> {
  const [one, other] = [left?.account, right?.account];
  const account = (other === undefined || (one !== undefined && one <= other) ? one : other) ?? ZERO_WORD;
  const amountAt = (leaf: FirstDifference['left']): bigint => (leaf?.account === account ? leaf.amount : 0n);
  return { account, index, shown: [amountAt(left), amountAt(right)] };
}

/** Asks the ledger in the block of the settlement chain that both states name; a provider that has dropped that state is asked now. */
async function askLedger(
  config: Reach,
  line: Omit<Disagreement, 'ledger'>,
  [{ chains }]: States,
): Promise<Disagreement> {
  const found = findSettlement(config.network);
  if (found === undefined) return { ...line, ledger: null };
  const { settlement, chain } = found;
  const reader = openAgreedReader(placeOf(config, chain));
  const call = {
    address: address(settlement.ledger),
    abi: collateralLedgerAbi,
    functionName: 'lineOf',
    args: [line.account, line.assetId],
  } as const;
  const block = chains.find(({ chainId }) => chainId === chain.chainId);
  for (const height of [block?.height, await reader.getBlockNumber()]) {
    if (height === undefined) continue;
    const answer = await reader.readContract({ ...call, blockNumber: height }).catch(() => undefined);
    if (answer !== undefined) return { ...line, ledger: { amount: answer.amount, height } };
  }
  return { ...line, ledger: null };
}

/** Names the edges whose replicas the two show differently. */
async function differingEdges(clients: Pair): Promise<readonly string[]> {
  const [left, right] = await Promise.all(
    clients.map(async (client) => {
      const edges = await client.readEdges();
      return new Map(edges.map(({ edge, name, appliedCount }) => [edge, `${name} ${appliedCount}`]));
    }),
  );
  return [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].filter(
    (edge) => left?.get(edge) !== right?.get(edge),
  );
}

function describeLine(
  { assetId, account, index, shown, ledger }: Disagreement,
  urls: readonly [string, string],
): string {
  const [one, other] = shown;
  const said = `asset ${assetId}, line ${index} (${account}): ${urls[0]} shows ${one} units, ${urls[1]} ${other}`;
  if (ledger === null) return `${said}; the ledger was not read`;
  const wrong = urls.filter((_, at) => shown[at] !== ledger.amount);
  return `${said}; the ledger has ${ledger.amount} in block ${ledger.height}: wrong is ${wrong.join(' and ') || 'neither now'}`;
}
