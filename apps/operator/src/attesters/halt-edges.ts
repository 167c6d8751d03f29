import { type SignedHaltView, createWatcherClient, parseHalts } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ActOptions, type ActResult, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { type ActTarget, findTarget } from '../acts/find-target.js';
import { type EdgeHalts, type ServedHalts, planHalt } from './plan-halt.js';
import { simulateCall } from '../chains/simulate-call.js';
import { eachUnlessEnded, requireAllTaken, tellRefused } from '../terminal/each-unless-ended.js';
import { operatorError, tellFailure } from '../errors.js';
import { type Reach, openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { relayedEdges } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** Up to 31 signatures are recovered. */
const GAS_CEILING = 1_000_000n;
/** A watcher that hangs holds an emergency up no longer. */
const ANSWER_MS = 5_000;
/** Most edges of one verifier that are looked at, first those that most sources serve: a liar may invent any number. */
const EDGES_MAX = 256;

const CODE = 'ACT_REFUSED';

/** A halt as it was posted. */
interface PostedHalt extends ActResult {
  readonly edge: string;
  readonly verifier: string;
  readonly signatures: number;
}

/**
 * Halts each edge that n − k + 1 members of the active epoch signed a halt of, at the verifier for which they did. Anyone may. Signatures
 * come from watchers, or from saved answers of theirs; what is forged, cleared or of another epoch is left out. An edge that cannot be
 * halted, for whatever reason, does not hold up the rest, a source that does not answer neither.
 * @throws BAD_USE if no source is named; ACT_REFUSED if none serves a halt, or afterwards for edges that are not halted; at once
 * KEY_UNREADABLE and CONFIG_INVALID for a key that cannot be opened, and what an interruption throws.
 */
export async function haltEdges(terminal: Terminal, named: readonly string[], options: ActOptions): Promise<void> {
  const config = openConfig(terminal);
  const watchers = config.processes.flatMap(({ role, url }) => (role === 'watcher' ? [url] : []));
  const sources = named.length > 0 ? named : watchers;
  const served = await gather(terminal, sources);
  const wanted = groupByEdge(served);
  if (wanted.length === 0) {
    throw operatorError(
      CODE,
      `${served.length} of ${sources.length} sources answered, and none serves a halt; expected those of halted watchers: ask every operator; nothing was sent`,
    );
  }
  const posted: PostedHalt[] = [];
  const known: Bytes32[] = [];
  const hand = openHand(terminal, { config, options });
  const isEnded = (): boolean => hand.isEnded();
  const taken = await eachUnlessEnded({ items: wanted, isEnded, nameOf: ({ edge }) => edge }, async (one) => {
    const done = await haltOne(hand, one);
    if (done === undefined) known.push(one.edge);
    else posted.push(done);
  });
  const { refused, ended } = taken;
  // Whoever is interrupted still hears which halts were posted.
  if (ended !== undefined && posted.length + known.length + refused.length === 0) throw ended.by;
  writeResult(terminal, options, { posted, known, refused }, () => [
    ...posted.map((one) => `${edgeText(config, one.edge)}: ${outcomeText(one)}`),
    ...known.map((edge) => `${edgeText(config, edge)}: halted already`),
    ...refused.map(tellRefused),
  ]);
  requireAllTaken(taken, CODE);
}

/** The person who halts edges. */
interface HaltHand {
  readonly terminal: Terminal;
  readonly config: Reach;
  readonly options: ActOptions;
  /** Opens the key once, for the first halt that is sent. @throws KEY_UNREADABLE, CONFIG_INVALID, BAD_USE. */
  openAccount(): PrivateKeyAccount;
  /** True after what ends the command for every edge: no key, or an interruption. */
  isEnded(): boolean;
}

function openHand(terminal: Terminal, { config, options }: { config: Reach; options: ActOptions }): HaltHand {
  let account: PrivateKeyAccount | undefined;
  let isEnded = false;
  const noting: Terminal = {
    ...terminal,
    untilInterrupted: (act) =>
      terminal.untilInterrupted(async (interrupted) => {
        try {
          return await act(interrupted);
        } catch (failure) {
          isEnded = interrupted.aborted;
          throw failure;
        }
      }),
  };
  return {
    terminal: noting,
    config,
    options,
    openAccount: () => {
      // Without one nothing can be sent, wherever.
      isEnded = true;
      account ??= openSpendingKey(terminal.environment);
      isEnded = false;
      return account;
    },
    isEnded: () => isEnded,
  };
}

/** Asks every source. @throws BAD_USE without any; the first one's failure if none answers. */
async function gather(terminal: Terminal, sources: readonly string[]): Promise<readonly ServedHalts[]> {
  if (sources.length === 0) {
    throw operatorError(
      'BAD_USE',
      'no watcher is named; expected addresses of watchers or files of what their GET /v1/halts answers, or SURETY_WATCHER_URLS',
    );
  }
  const answers = await Promise.allSettled(sources.map(readSource));
  const served = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  for (const [at, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') continue;
    if (served.length === 0) throw answer.reason;
    terminal.tell(`${sources[at]} is left out: ${tellFailure(answer.reason).message}`);
  }
  return served;
}

async function readSource(source: string): Promise<ServedHalts> {
  if (!/^https?:\/\//.test(source)) return parseJson(source, readTextFile(source), parseHalts);
  return createWatcherClient({ url: source, timeoutMs: ANSWER_MS, namedBy: 'SURETY_WATCHER_URLS' }).readHalts();
}

/** Puts the halts of one edge for one verifier together; first those that most sources serve. */
export function groupByEdge(served: readonly ServedHalts[]): readonly EdgeHalts[] {
  const groups = new Map<string, Map<ServedHalts, SignedHaltView[]>>();
  for (const source of served) {
    for (const one of source) {
      const key = `${one.domain.chainId} ${one.domain.verifyingContract} ${one.halt.edge}`;
      const bySource = groups.get(key) ?? new Map<ServedHalts, SignedHaltView[]>();
      groups.set(key, bySource.set(source, [...(bySource.get(source) ?? []), one]));
    }
  }
  return [...groups.values()]
    .map((bySource) => [...bySource.values()])
    .sort((left, right) => right.length - left.length)
    .slice(0, EDGES_MAX)
    .flatMap((halts): EdgeHalts[] => {
      const first = halts[0]?.[0];
      return first === undefined ? [] : [{ edge: first.halt.edge, domain: first.domain, served: halts }];
    });
}

/** Halts one edge; undefined if it is halted already. @throws ACT_REFUSED, DECLINED, whatever reading and sending throw. */
async function haltOne(hand: HaltHand, wanted: EdgeHalts): Promise<PostedHalt | undefined> {
  const { terminal, config, options } = hand;
  const { edge } = wanted;
  const target = await findVerifier(config, wanted);
  const { chain, contract } = target;
  const plan = await planHalt(target, wanted);
  if (plan === undefined) return undefined;
  const { calldata, signatures, endpoints } = plan;
  const place = { ...target, endpoints };
  const by = { edge, verifier: contract, signatures };
  const question = `Halt ${edgeText(config, edge)} at ${contract} on ${chain.name}? ${signatures} members signed it; it stands for 24 h at least, until the guardian clears it`;
  if (options.dryRun === true || options.yes === true) terminal.tell(question);
  if (options.dryRun === true) {
    // It needs no key.
    const refusal = await simulateCall(place, { to: contract, data: calldata });
    if (refusal === undefined) return { ...by, chainId: chain.chainId, to: contract, calldata, txHash: null };
    throw operatorError(CODE, `the halt would be refused by ${contract} on ${chain.name}: ${refusal}`);
  }
  const account = hand.openAccount();
  const call = { purpose: 'halt', to: contract, calldata, gasCeiling: GAS_CEILING };
  const act = { code: CODE, question, call } as const;
  return { ...by, ...(await actByHand({ terminal, options, account }, place, act)) };
}

/** Opens the verifier that halts are signed for; of other chains nothing is read: the broken one may not answer. @throws ACT_REFUSED. */
async function findVerifier(config: Reach, { domain }: EdgeHalts): Promise<ActTarget> {
  const { chainId, verifyingContract } = domain;
  const chain = config.network.chains.find((one) => one.chainId === Number(chainId));
  const target = chain && (await openTarget(config, chain.name));
  if (target?.contract === verifyingContract) return target;
  const seen = `it is signed for ${verifyingContract} on chain ${chainId}`;
  throw operatorError(CODE, `${seen}; expected a verifier of chains.config.json; nothing was sent`);
}

/** One chain that cannot be reached holds up no edge of another. */
async function openTarget(config: Reach, chain: string): Promise<ActTarget> {
  try {
    return await findTarget(config, 'attesters', { chain });
  } catch (failure) {
    const { code, message } = tellFailure(failure);
    throw operatorError(
      CODE,
      `its verifier on ${chain} cannot be reached (${code}: ${message}); nothing was sent`,
      failure,
    );
  }
}

function edgeText({ network }: Reach, edge: string): string {
  const known = relayedEdges(network, {}).find(({ journal }) => journal.edgeId === edge);
  return known === undefined ? `edge ${edge}` : `edge ${edge} (${known.origin.name} → ${known.destination.name})`;
}
