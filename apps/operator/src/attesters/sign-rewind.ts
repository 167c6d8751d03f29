import { join } from 'node:path';
import {
  createAttester,
  formatPoint,
  historyFilesIn,
  openAttesterSigner,
  openHistoryPair,
  pointFileIn,
  writePoint,
} from '@surety/attestation';
import { createDestinationReader } from '@surety/chain';
import { type WatcherConfig, loadWatcherConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type JournalPosition, edgeName } from '@surety/domain';
import { requireOwner } from '@surety/process';
import { type SigningHistory, type VerifiedStatement, epochAt, statementsOf } from '@surety/workflows';
import type { ActOptions } from '../chains/act-by-hand.js';
import { operatorError } from '../errors.js';
import { type EdgeContracts, headAt, readEdgeEnds } from './read-edge-ends.js';
import { openFinalChain } from '../relay/open-final-chain.js';
import { type RelayedEdge, relayedEdges } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety attesters sign-rewind`. */
export interface SignRewindOptions extends Omit<ActOptions, 'dryRun'> {
  readonly chain: string;
  readonly direction: string;
  readonly count: string;
  readonly block?: string;
  /** Name the point to the watcher, which signs it at each heartbeat, instead of signing it here. */
  readonly tell?: boolean;
  /** Files of entries that the replica applied. */
  readonly entries?: readonly string[];
}

/**
 * Shows both ends of an edge at a point, as the attester's own providers see them. After confirmation, signs the point
 * under the replica's next name and prints one JSON document for collecting k signatures. The statement goes through
 * the attester's signing history like every other. So the watcher must not run meanwhile, or the running watcher is
 * asked to sign. Sends nothing.
 * @throws ACT_REFUSED if an end does not have the point, the two differ, the key is not a member's, or its history
 * contradicts the point; HISTORY_IN_USE; DECLINED; NOT_OWNER if the watcher could not read the named point.
 */
export async function signRewind(terminal: Terminal, options: SignRewindOptions): Promise<void> {
  const config = loadWatcherConfig(terminal.environment);
  const count = parseNumber(options.count, '--count', 'the number of entries up to the point');
  const height = options.block && parseNumber(options.block, '--block', 'the frame that the first signer was told');
  const [edge, second] = relayedEdges(config.network, options);
  if (options.tell === true && options.block !== undefined)
    throw operatorError('BAD_USE', '--tell and --block exclude each other: a watcher signs at each heartbeat');
  if (edge === undefined || second !== undefined)
    throw operatorError('BAD_USE', '--chain and --direction name more than one edge; expected one');
  if (options.tell === true) requireWatcher(config);
  const ends = await readEdgeEnds({
    config,
    edge,
    clock: terminal.clock,
    height: height || undefined,
    entries: options.entries,
  });
  for (const line of describe(ends, count)) terminal.tell(line);
  const point = requirePoint(ends, count);
  if (options.tell === true) return tellWatcher(terminal, options, { config, ends, point });
  const signer = await openAttesterSigner(config.key, config.network.profile);
  const verified = await stateNext({ config, terminal, ends, point }, signer.address);
  const { statement } = verified;
  const question = `Sign that the replica of edge ${edge.journal.edgeId} goes back to count ${count}, head ${point.head}, as ${statement.edge}?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was signed; add --yes to sign without a question');
  }
  const history = openHistoryPair({ files: historyFilesIn(config), address: signer.address });
  try {
    await requireFree(history, verified);
    const [signed] = await createAttester({ signer, history }).sign([verified], edge.domain);
    if (signed === undefined) throw new TypeError('an attester signed no statement of one');
    terminal.tell(`the others sign the same bytes with --block ${statement.blockNumber}`);
    writeResult(terminal, { json: true }, formatPoint({ ...signed, domain: edge.domain }), () => []);
  } finally {
    history.close();
  }
}

/** The watcher reads the named point as its own user. */
function requireWatcher(config: WatcherConfig): void {
  const made = [`${historyFilesIn(config).first}.born`, config.stateDir];
  const command = "the same command, with the watcher's environment";
  requireOwner({ made, paths: [join(config.stateDir, 'points')], command });
}

function parseNumber(text: string, option: string, expected: string): bigint {
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) {
    throw operatorError('BAD_USE', `${option} is "${text}"; expected ${expected}`);
  }
  return BigInt(text);
}

/** Describes both ends now and at the point, to compare before agreeing. */
function describe({ edge, journal, replica }: EdgeContracts, count: bigint): string[] {
  const { edgeId } = edge.journal;
  const { position, entries, block } = journal;
  const past = (end: JournalPosition): bigint => (end.count > count ? end.count - count : 0n);
  return [
    `edge ${edgeId}, ${edge.origin.name} → ${edge.destination.name}`,
    `journal on ${edge.origin.name} at block ${block.height}: ${position.count} entries, head ${position.head}`,
    `replica on ${edge.destination.name}: ${replica.position.count} entries, head ${replica.position.head}, rewound ${replica.generation} times, now ${replica.name}`,
    `at ${count}: journal ${headAt(entries.packed, edgeId, count) ?? 'not known'}, replica ${headAt(replica.packed, edgeId, count) ?? 'not known'}`,
    `past it: ${past(replica.position)} entries of the replica are unwound, ${past(position)} of the journal are applied anew`,
  ];
}

function requirePoint({ edge, journal, replica }: EdgeContracts, count: bigint): JournalPosition {
  const { edgeId } = edge.journal;
  if (replica.next !== undefined) {
    throw operatorError(
      'ACT_REFUSED',
      `the replica is being rewound to ${replica.next} already; expected none under way: finish it with surety migrate rewind; nothing was signed`,
    );
  }
  const own = headAt(journal.entries.packed, edgeId, count);
  const read = headAt(replica.packed, edgeId, count);
  if (own !== undefined && own === read) return { count, head: own };
  throw operatorError(
    'ACT_REFUSED',
    `at ${count} the journal has ${own ?? 'no such entry'}, the replica ${read ?? 'none that its batches show'}; expected the same head at both ends: the point is a prefix that both have; nothing was signed`,
  );
}

interface Stating {
  readonly config: WatcherConfig;
  readonly terminal: Terminal;
  readonly ends: EdgeContracts;
  readonly point: JournalPosition;
}

/** Makes the statement of the point under the edge's next name, from the proven frame. @throws ACT_REFUSED for a key that is no member. */
async function stateNext({ config, terminal, ends, point }: Stating, signer: Address): Promise<VerifiedStatement> {
  const { edge, journal } = ends;
  const epochs = await readEpochs(config, edge, terminal);
  const epoch = epochAt(epochs, journal.block.timestamp);
  const { members = [], suspended = [] } = epochs.find((one) => one.epoch === epoch) ?? {};
  if (!members.includes(signer) || suspended.includes(signer)) {
    throw operatorError(
      'ACT_REFUSED',
      `${signer} is no unsuspended member of epoch ${epoch} at ${edge.domain.verifyingContract} on ${edge.destination.name}; expected one of ${members.join(', ')}; nothing was signed`,
    );
  }
  const name = nextName(ends, point);
  const { statements } = statementsOf({
    frame: journal,
    name,
    previous: journal.position,
    heartbeat: true,
    restated: [point],
    epochs,
    keccak256,
  });
  const verified = statements.find(({ statement }) => statement.count === point.count);
  if (verified === undefined) throw new TypeError(`no statement was made for count ${point.count}`);
  return verified;
}

function nextName({ edge, replica }: EdgeContracts, point: JournalPosition): Bytes32 {
  return edgeName(edge.journal.edge, { generation: replica.generation + 1, previousHead: point.head }, keccak256);
}

/**
 * Names the point in the watcher's own folder. Write access to it suffices: the watcher signs only the journal's own head in any
 * case.
 */
async function tellWatcher(
  terminal: Terminal,
  options: SignRewindOptions,
  { config, ends, point }: Omit<Stating, 'terminal'>,
): Promise<void> {
  const { edgeId } = ends.edge.journal;
  const name = nextName(ends, point);
  const question = `Have the watcher sign that the replica of edge ${edgeId} goes back to count ${point.count}, head ${point.head}, as ${name}?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was named; add --yes to name it without a question');
  }
  const file = pointFileIn(config.stateDir, edgeId);
  const served = `/v1/points/${edgeId}`;
  writePoint(file, { name, ...point });
  terminal.tell(
    `the watcher signs it at each heartbeat, ten minutes apart, and serves it at ${served}; it stops when ${file} is deleted`,
  );
  writeResult(
    terminal,
    { json: true },
    { edge: edgeId, name, count: point.count.toString(), head: point.head, file, served },
    () => [],
  );
}

async function readEpochs(
  { endpoints }: WatcherConfig,
  { domain, destination }: RelayedEdge,
  { clock }: Terminal,
): ReturnType<ReturnType<typeof createDestinationReader>['readEpochs']> {
  const chain = await openFinalChain(destination, endpoints.get(destination.chainId) ?? [], clock);
  const reader = createDestinationReader(chain);
  const block = await reader.readFinalTip();
  return reader.readEpochs({ attesterSet: domain.verifyingContract, block, known: [] });
}

/** A contradiction would be latched permanently, so the block is compared before anything is recorded. */
async function requireFree(history: SigningHistory, { originChainId, statement }: VerifiedStatement): Promise<void> {
  const { blockNumber, blockHash } = statement;
  const held = await history.readBlock(originChainId, blockNumber);
  if (held === undefined || held === (blockHash as string)) return;
  throw operatorError(
    'ACT_REFUSED',
    `the signing history holds block ${held} at height ${blockNumber} of chain ${originChainId}, the providers show ${blockHash}; expected a height past the fork that is gone: sign at a later frame; nothing was signed`,
  );
}
