import { type Network, loadSpendingKey } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { accountId, address, edgeName } from '@surety/domain';
import { EXIT } from '@surety/process';
import {
  LEDGER_ERRORS,
  VAULT_ERRORS,
  createChainReads,
  createLedger,
  createVault,
  createVerifier,
} from '@surety/transactions';
import {
  BATCH_GAS_CEILING,
  type BatchSource,
  type EntryBytes,
  type PaymentHints,
  type Vault,
  type Verifier,
  freshPayMemory,
  gatherBatches,
  leaveOutSuspended,
  payReleasesOnce,
  relayOnce,
  replicaOfLedger,
  replicaOfVault,
} from '@surety/workflows';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError, tellFailure } from '../errors.js';
import { type Reach, openConfig, placeOf } from '../chains/open-config.js';
import { openKey, openReader, openRpc, openSender } from '../chains/open-sender.js';
import { chainEntries } from './chain-entries.js';
import { queuedPayments } from './queued-payments.js';
import { type EdgeChoice, type RelayedEdge, relayedEdges } from './relayed-edges.js';
import { statementFiles } from './statement-files.js';
import { type ReadHeld, StatementPool } from './statement-pool.js';
import { createTrialSender, untilTried } from './trial-sender.js';
import { eachUnlessEnded, requireAllTaken, tellRefused } from '../terminal/each-unless-ended.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety relay`. */
export interface RelayOptions extends OutputOptions, EdgeChoice {
  readonly fromChain?: boolean;
  readonly statements?: readonly string[];
  readonly pay?: boolean;
  /** Simulates the first transaction of each edge and ends. */
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** The result of relaying one edge. */
export interface RelayedResult {
  readonly edge: string;
  readonly from: string;
  readonly to: string;
  readonly direction: string;
  readonly applied: bigint;
  readonly count: bigint;
  readonly paid: number;
  /** Payments whose transfer failed: they wait for their recipients. */
  readonly claimable: number;
  /** Purposes of the calls that a dry run simulated and that would be taken, such as `apply`. */
  readonly tried: readonly string[];
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}

/** Words for payments whose transfer failed. */
export const CLAIMABLE = 'claimable: the transfer failed and nothing was paid; docs/RUNBOOKS/08-claimable.md';

const POLL_MS = 500;
const STATEMENTS_PER_PAGE = 256;

/**
 * Posts what is attested and pays what is payable, once: with an aggregator, or from chain logs and signatures alone. An edge that fails
 * holds up no other.
 * @throws RELAY_REFUSED afterwards for edges that were refused or failed; the failure itself of a single one; BAD_USE, DECLINED.
 */
export async function relay(terminal: Terminal, options: RelayOptions): Promise<void> {
  const config = openConfig(terminal);
  const edges = relayedEdges(config.network, options);
  const files = options.statements ?? [];
  if (options.fromChain === true && files.length === 0 && !hasAggregator(terminal)) {
    throw operatorError(
      'BAD_USE',
      '--from-chain needs signatures: name files with --statements, or set SURETY_AGGREGATOR_URLS to take them from there',
    );
  }
  const key = loadSpendingKey(terminal.environment);
  const account = openKey(key);
  const journals = edges.map(({ origin, destination }) => `${origin.name} → ${destination.name}`).join(', ');
  const what = options.pay === false ? 'Post' : 'Post, and pay where it is due,';
  const question = `${what} what is attested of ${journals} with ${account.address}, which pays the gas?`;
  if (options.dryRun !== true && options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was sent; add --yes to relay without a question');
  }
  const results: RelayedResult[] = [];
  const nameOf = ({ origin, destination }: RelayedEdge): string => `${origin.name} → ${destination.name}`;
  const isEnded = (failure: unknown): boolean => edges.length === 1 || isEnding(failure);
  const taken = await eachUnlessEnded({ items: edges, nameOf, isEnded }, async (edge) => {
    terminal.tell(`${nameOf(edge)} …`);
    results.push(await relayEdgeByHand({ terminal, options, config, edge, account }));
  });
  const { refused: failed, ended } = taken;
  if (ended !== undefined && results.length + failed.length === 0) throw ended.by;
  writeResult(terminal, options, { edges: results, failed }, () => [
    ...results.map(tellRelayed),
    ...failed.map(tellRefused),
  ]);
  const refused = results.find(({ refusal }) => refusal !== null)?.refusal;
  if (refused != null && ended === undefined)
    throw operatorError('RELAY_REFUSED', `${refused.code}: ${refused.detail}`);
  const { failures } = taken;
  const passing = failures.every((failure) => tellFailure(failure).exitCode === EXIT.tryAgain);
  if (ended === undefined && failures.length > 0 && passing) throw failures[0];
  requireAllTaken(taken, 'RELAY_REFUSED');
}

/** Wrong arguments are wrong for every edge, and a transaction that may still land is in the way of each later one. */
function isEnding(failure: unknown): boolean {
  const { code, exitCode } = tellFailure(failure);
  return code === 'OUTCOME_UNKNOWN' || exitCode === EXIT.wrongUse;
}

/** Says in a line what became of one edge. */
export function tellRelayed({ from, to, applied, count, paid, claimable, tried, refusal }: RelayedResult): string {
  const stopped = refusal === null ? '' : `; stopped by ${refusal.code}: ${refusal.detail}`;
  if (tried.length > 0) return `${from} → ${to}: would be taken: ${tried.join(', ')}; nothing was sent${stopped}`;
  const failed = claimable > 0 ? `; ${claimable} ${CLAIMABLE}` : '';
  return `${from} → ${to}: ${applied} entries applied, now ${count}${paid > 0 ? `; ${paid} paid` : ''}${failed}${stopped}`;
}

interface Job {
  readonly terminal: Terminal;
  readonly options: RelayOptions;
  readonly config: Reach;
  readonly edge: RelayedEdge;
  readonly account: ReturnType<typeof openKey>;
}

async function relayEdgeByHand(job: Job): Promise<RelayedResult> {
  const { terminal, edge, options } = job;
  const { source, hints } = sourcesOf(job);
  const { replica, vault, verifier, tried } = destinationOf(job);
  const world = { clock: terminal.clock, observer: { observe: () => undefined } };
  const { direction, journal } = edge;
  const relayed = await untilTried(() =>
    relayOnce({
      ...world,
      source: edge.source,
      direction,
      edge: journal.edgeId,
      nameOf: (rewound) => edgeName(journal.edge, rewound, keccak256),
      sources: [leaveOutSuspended(source, verifier)],
      replica,
      policy: { pollIntervalMs: POLL_MS, gasCeiling: BATCH_GAS_CEILING, refreshShareBps: 5_000 },
    }),
  );
  const counts =
    vault === null || options.pay === false
      ? undefined
      : await untilTried(() =>
          payReleasesOnce(
            {
              ...world,
              source: edge.source,
              edge: journal.edgeId,
              hints: [hints],
              vault,
              policy: { pollIntervalMs: POLL_MS, mode: 'all', subsidyWei: 0n, parallel: 1 },
              readWorthWei: async () => null,
            },
            freshPayMemory(),
          ),
        );
  return {
    edge: journal.edgeId,
    from: edge.origin.name,
    to: edge.destination.name,
    direction,
    applied: relayed?.applied ?? 0n,
    count: relayed?.count ?? (await replica.read()).count,
    paid: counts?.get('paid') ?? 0,
    claimable: counts?.get('claimable') ?? 0,
    tried,
    refusal: relayed?.refusal ?? null,
  };
}

/** Returns the sources of batches and of waiting payments. */
function sourcesOf({ terminal, options, config, edge }: Job): { source: BatchSource; hints: PaymentHints } {
  const aggregator = connectAggregator(config.aggregatorUrls);
  const files = options.statements ?? [];
  if (options.fromChain !== true && files.length === 0) return { source: aggregator, hints: aggregator };
  const destination = openReader(placeOf(config, edge.destination));
  const pool = new StatementPool(edge, destination);
  const held: ReadHeld[] = files.length === 0 ? [] : [statementFiles(files)];
  if (hasAggregator(terminal)) {
    held.push((id, after, signal) =>
      aggregator.readStatements({ edge: id, after, limit: STATEMENTS_PER_PAGE, attested: false }, signal),
    );
  }
  const entries: EntryBytes =
    options.fromChain === true
      ? chainEntries(edge, config.endpoints.get(edge.origin.chainId) ?? [], terminal.clock)
      : aggregator;
  return {
    source: gatherBatches({
      statements: held.map((one) => pool.sourceOf(one)),
      entries: [entries],
      judge: pool.judge,
    }),
    hints: options.fromChain === true ? queuedPayments(edge, destination, entries) : aggregator,
  };
}

function destinationOf({ terminal, options, config, edge, account }: Job): {
  replica: ReturnType<typeof replicaOfVault>;
  vault: Vault | null;
  verifier: Verifier;
  /** Filled by a dry run. */
  tried: readonly string[];
} {
  const { settlement } = config.network as Network & { settlement: NonNullable<Network['settlement']> };
  const place = placeOf(config, edge.destination);
  const rpc = openRpc(place);
  const errors = [...LEDGER_ERRORS, ...VAULT_ERRORS];
  const reads = createChainReads(rpc, errors);
  // What is relayed twice does nothing the second time: an interruption may end the process at once.
  const waiting = { environment: terminal.environment, tell: (line: string) => terminal.tell(line) };
  const own = openSender(place, { account, errors, waiting });
  const { sender, tried } = options.dryRun === true ? createTrialSender(reads, own) : { sender: own, tried: [] };
  const ends = { rpc, reads, sender, gasCeiling: BATCH_GAS_CEILING };
  const verifier = createVerifier({ reads, attesterSet: edge.domain.verifyingContract });
  if (edge.direction === 'to-ledger') {
    const ledger = createLedger({
      ...ends,
      ledger: address(settlement.ledger),
      riskManager: address(settlement.riskManager),
      feeTo: accountId({ owner: sender.address, home: 0, sub: 0n }),
    });
    return { replica: replicaOfLedger(ledger, edge.source), vault: null, verifier, tried };
  }
  const vault = createVault({ ...ends, vault: edge.journal.edge.replica, source: edge.source, feeTo: sender.address });
  return { replica: replicaOfVault(vault), vault, verifier, tried };
}

function hasAggregator(terminal: Terminal): boolean {
  return (terminal.environment['SURETY_AGGREGATOR_URLS'] ?? '') !== '';
}
