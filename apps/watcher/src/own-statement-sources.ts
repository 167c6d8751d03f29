import { openSubmittedStatements } from '@surety/chain';
import type { AggregatorClient, StatementView } from '@surety/client';
import type { WatcherConfig } from '@surety/config';
import { type Address, AppError, type BlockHeight, type Edge, address, blockHeight, chainId } from '@surety/domain';
import { createHttpTransport } from '@surety/rpc';
import type {
  AttestationLog,
  Clock,
  FoundStatement,
  JournalSpec,
  Observer,
  OwnStatementSource,
} from '@surety/workflows';

/** Statements in one page of an aggregator's list. */
const PAGE = 100;

/** Pages read of one aggregator: 10,000 statements; one that the history lacks is enough, and an old history lacks the first. */
const PAGES_MAX = 100;

/** Own statements read from the log: any one that the history lacks is enough. */
const LOG_STATEMENTS_MAX = 1_024;

/** Whom a watcher asks what they hold of its key. */
export interface OwnStatementAskOptions {
  readonly config: WatcherConfig;
  readonly journal: JournalSpec;
  /** Whose statements are asked for. */
  readonly signer: Address;
  readonly log: AttestationLog;
  readonly aggregators: readonly AggregatorClient[];
  /** Other operators' aggregators. */
  readonly peers: readonly AggregatorClient[];
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Returns every source of own statements about one edge, asked by the name that those carry: the own log, the
 * destination's chain, aggregators and peers.
 */
export function ownStatementSources(options: OwnStatementAskOptions): readonly OwnStatementSource[] {
  const { log, aggregators, peers, signer } = options;
  return [
    logSource(log, options.journal),
    destinationSource(options),
    ...aggregators.map((api) => aggregatorSource({ kind: 'aggregator', api, signer })),
    ...peers.map((api) => aggregatorSource({ kind: 'peer', api, signer })),
  ];
}

/** The log keeps statements under the edge's first name, whatever name they carry. */
function logSource(log: AttestationLog, { edgeId }: JournalSpec): OwnStatementSource {
  return {
    kind: 'log',
    name: "the watcher's own log",
    async read({ edge, after }) {
      const sequence = await log.loadSequenceBelow(edgeId, after);
      const queued = await log.loadStatements(edgeId, sequence, LOG_STATEMENTS_MAX);
      return queued
        .filter(({ statement }) => statement.edge === edge)
        .map(({ statement, signature }) => ({ statement, signatures: signature }));
    },
  };
}

function destinationSource({ config, journal, clock, observer }: OwnStatementAskOptions): OwnStatementSource {
  const { edge } = journal;
  const id = chainId(Number(edge.destinationChainId));
  const chain = config.network.chains.find((one) => one.chainId === id);
  if (chain === undefined) {
    throw new AppError({
      code: 'NO_DESTINATION',
      message: `chain ${id}, where ${edge.replica} reads the journal of ${edge.journal}, is not configured; add it to chains.config.json`,
    });
  }
  const { logRangeMax, requestTimeoutMs, responseBytesMax } = chain.limits;
  return openSubmittedStatements({
    chainId: id,
    providers: (config.endpoints.get(id) ?? []).map(({ name, operator, url }) => ({
      name,
      operator,
      transport: createHttpTransport({ url: url.reveal() }),
    })),
    replica: edge.replica,
    fromBlock: deploymentOf(config, edge, chain.vault?.fromBlock),
    clock,
    observer,
    limits: {
      callTimeoutMs: requestTimeoutMs,
      responseBytesMax,
      logSpanInitial: Math.min(2_000, logRangeMax),
      logSpanMax: logRangeMax,
    },
  });
}

/** The replica is the ledger's or a vault's. */
function deploymentOf(
  { settlement }: WatcherConfig,
  edge: Edge,
  vaultFromBlock: string | bigint | undefined,
): BlockHeight {
  const isLedger = address(settlement.ledger) === edge.replica;
  return blockHeight(BigInt(isLedger ? settlement.fromBlock : (vaultFromBlock ?? 0n)));
}

/**
 * Everything that an aggregator holds of the signer for later counts, attested or not. Only what it lists as the signer's is
 * taken, since each signature costs a recovery: it could as well keep silent about one that it lists as another's.
 */
function aggregatorSource({
  kind,
  api,
  signer,
}: {
  readonly kind: 'aggregator' | 'peer';
  readonly api: Pick<AggregatorClient, 'origin' | 'readStatements'>;
  readonly signer: Address;
}): OwnStatementSource {
  return {
    kind,
    name: api.origin,
    async read({ edge, after }, signal) {
      const found: FoundStatement[] = [];
      let cursor = after;
      for (let page = 0; page < PAGES_MAX; page++) {
        const listed = await api.readStatements({ edge, after: cursor, limit: PAGE }, signal);
        const statements = listed.slice(0, PAGE);
        found.push(
          ...statements.filter(({ statement }) => statement.edge === edge).flatMap((one) => partOf(one, signer)),
        );
        const highest = statements.reduce((top, { statement: { count } }) => (count > top ? count : top), cursor);
        if (statements.length < PAGE) break;
        // The page may have cut its last count off: that one is read again, unless it fills a page by itself.
        cursor = highest - 1n > cursor ? highest - 1n : highest;
      }
      return found;
    },
  };
}

const SIGNATURE_DIGITS = 130;

/** The signature that is listed as the signer's, if one is. */
function partOf({ statement, signers, signatures }: StatementView, signer: Address): FoundStatement[] {
  const at = signers.indexOf(signer);
  if (at < 0) return [];
  const own = signatures.slice(2 + SIGNATURE_DIGITS * at, 2 + SIGNATURE_DIGITS * (at + 1));
  return [{ statement, signatures: `0x${own}` }];
}
