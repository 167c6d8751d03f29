import {
  type AccountBelowView,
  type AccountProtocolsView,
  type AccountView,
  type AuctionView,
  type AuctionsPage,
  CHANGES_PER_PAGE_MAX,
  type ChainView,
  type DeployedContract,
  ENTRIES_PER_READ_MAX,
  type EdgeView,
  type EntryView,
  type ExplanationView,
  HEALTH_POINTS_PER_PAGE_MAX,
  type HealthHistoryAnswer,
  type HealthStepText,
  type HistoryAnswer,
  type LocationView,
  type MarginView,
  type MarketView,
  type OutcomeView,
  type ParkedCreditView,
  type PostEntriesBody,
  type PostStatementsBody,
  type ReadinessView,
  type ReleaseStageName,
  STATEMENTS_PER_PAGE_MAX,
  STATEMENTS_PER_POST_MAX,
  type SignedStatementView,
  type StatementView,
  type StatusView,
  type WitnessEdgeView,
  accountProtocolsView,
  accountView,
  auctionAnswer,
  auctionsAnswer,
  chainsAnswer,
  contractsAnswer,
  edgesAnswer,
  entriesPage,
  entriesOfTransaction,
  entryView,
  explainAnswer,
  formatWire,
  healthHistoryAnswer,
  historyAnswer,
  marginView,
  marketsAnswer,
  outcomeView,
  postStatementsAnswer,
  problemEssentials,
  readinessView,
  statementsAnswer,
  statusView,
  witnessesAnswer,
} from '@surety/api';
import {
  type Address,
  type Bytes32,
  ENTRY_BYTES,
  type Hex,
  type JournalHead,
  bytesToHex,
  concatBytes,
  hexToBytes,
} from '@surety/domain';
import { awaitRelease } from './await-release.js';
import { aboutAccount, aboutEntry, badAnswer, readAnswer, repeating } from './bad-answer.js';
import { clientError } from './errors.js';
import type { AggregatorEvent } from './event-stream.js';
import { type HttpJson, type HttpOptions, createHttpJson, failure } from './http-json.js';
import { type ProofReads, proofReads } from './proof-reads.js';
import { type QuoteReads, quoteReads } from './quote-reads.js';
import { BATCH_PAGES_MAX, PAGES_MAX } from './limits.js';
import { type EventsRequest, readEvents } from './read-events.js';
import { type TermsReads, termsReads } from './terms-reads.js';
import { type ListedOrphan, type ListedPayment, type ListedStop, waitingReads } from './waiting-reads.js';

/** Entries that a watcher posts; the signature covers their posted-entries digest. */
export interface PostEntriesRequest {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly entries: { readonly packed: Uint8Array; readonly locations: readonly LocationView[] };
  readonly stage: 'seen' | 'final';
  readonly poster: Address;
  readonly signature: Hex;
}

/** A statement with k signatures, ready for the chain. */
export interface CompleteStatement {
  readonly statement: JournalHead;
  readonly signers: readonly Address[];
  readonly signatures: Hex;
}

/**
 * One aggregator over HTTP. It satisfies the port `AggregatorApi` of workflows and adds what people and tests read. Its
 * responses are not trusted: watchers and relayers verify signatures, folds and the chain themselves. Every call may
 * throw AGGREGATOR_UNREACHABLE, AGGREGATOR_TIMEOUT, AGGREGATOR_FAILED (all retryable), AGGREGATOR_REFUSED,
 * ANSWER_TOO_LARGE or BAD_ANSWER.
 */
export interface AggregatorClient extends TermsReads, QuoteReads, ProofReads {
  /** The aggregator's URL without credentials, safe to print. */
  readonly origin: string;
  /** Posts signed statements, 256 per request; returns outcomes in the order given. */
  postStatements(statements: readonly SignedStatementView[], signal?: AbortSignal): Promise<readonly OutcomeView[]>;
  /** Posts entries; a refusal is returned as an outcome, not thrown. */
  postEntries(request: PostEntriesRequest, signal?: AbortSignal): Promise<OutcomeView>;
  readEdges(signal?: AbortSignal): Promise<readonly EdgeView[]>;
  /**
   * Complete statements that carry a name of an edge, for counts above `after`, ascending by count, then by age, oldest
   * first; stops once counts exceed `upTo`.
   */
  readAttested(
    edge: Bytes32,
    counts: { readonly after: bigint; readonly upTo?: bigint },
    signal?: AbortSignal,
  ): Promise<readonly CompleteStatement[]>;
  /** One page of statements for counts above `after`, complete or not; never more than `limit`, by default 100. */
  readStatements(
    request: { edge: Bytes32; after: bigint; limit?: number; attested?: boolean },
    signal?: AbortSignal,
  ): Promise<readonly StatementView[]>;
  /** Returns the packed attested entries `from` < n ≤ `to`, exactly that many. */
  readEntries(edge: Bytes32, from: bigint, to: bigint, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Releases that a vault has recorded and not finally paid, ascending above `afterSeq`: a page of 256, or the rest.
   * Includes claimable ones, so that a short page means the end of the list.
   */
  readPayments(edge: Bytes32, afterSeq: bigint, signal?: AbortSignal): Promise<readonly ListedPayment[]>;
  /** Releases whose payments the vault stopped in final blocks, ascending above `afterSeq`: a page of 64, or the rest. */
  readStopped(edge: Bytes32, afterSeq: bigint, signal?: AbortSignal): Promise<readonly ListedStop[]>;
  /** Parked credits of a source above a number, ascending: a page of 256, or the rest. */
  readParked(source: number, after: bigint, signal?: AbortSignal): Promise<readonly ParkedCreditView[]>;
  /** Orphans of a source after a hash, ascending by hash: a page of 256, or the rest. */
  readOrphans(source: number, after: Bytes32 | undefined, signal?: AbortSignal): Promise<readonly ListedOrphan[]>;
  readStatus(signal?: AbortSignal): Promise<StatusView>;
  readChains(signal?: AbortSignal): Promise<readonly ChainView[]>;
  /** The contracts of the deployment, as the aggregator's configuration names them: compare with a source that you trust. */
  readContracts(signal?: AbortSignal): Promise<readonly DeployedContract[]>;
  /** The newest heads of every edge's witnesses, their health, and whether they are set as configured. */
  readWitnesses(signal?: AbortSignal): Promise<readonly WitnessEdgeView[]>;
  /** Figures of each market: loans, rates and what stands before losses, by the word of one provider of the aggregator's. */
  readMarkets(signal?: AbortSignal): Promise<readonly MarketView[]>;
  /** The running auctions among the next accounts with a health below 1.5, past `after`: a page. */
  readAuctions(after: Bytes32 | undefined, signal?: AbortSignal): Promise<AuctionsPage>;
  /** The auction of an account; null if none runs. */
  readAuction(account: Bytes32, signal?: AbortSignal): Promise<AuctionView | null>;
  /**
   * Indebted accounts below a step of the health ladder when last judged, ascending past `after`: a page of 256 unless
   * `limit` asks for fewer, or the rest.
   */
  readAccountsBelow(
    request: { readonly below: HealthStepText; readonly after?: Bytes32 | undefined; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<readonly AccountBelowView[]>;
  /** The same behind the first `skip`, the least healthy at the last prices first. */
  readLeastHealthy(
    request: { readonly below: HealthStepText; readonly skip: number; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<readonly AccountBelowView[]>;
  readAccount(account: Bytes32, signal?: AbortSignal): Promise<AccountView>;
  readMargin(account: Bytes32, signal?: AbortSignal): Promise<MarginView>;
  /** The account's net liquidation value, and what each of its protocols requires, is owed and shows, by the word of one provider. */
  readProtocols(account: Bytes32, signal?: AbortSignal): Promise<AccountProtocolsView>;
  /**
   * A page of what happened to the account in final blocks, newest first, at most 50 changes. `before` asks for the changes before a
   * position: the `next` of an earlier page.
   */
  readHistory(
    account: Bytes32,
    page?: { readonly before?: bigint | undefined; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<HistoryAnswer>;
  /** A page of its health over the last 30 days, newest first, at most 500 points. `before`, in seconds, is the `next` of an earlier page. */
  readHealthHistory(
    account: Bytes32,
    page?: { readonly before?: bigint | undefined; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<HealthHistoryAnswer>;
  /** The entry `<edge>:<index>`, or all entries of a lock's transaction; none for an unknown id. */
  readEntry(id: string, signal?: AbortSignal): Promise<readonly EntryView[]>;
  /** The reason for the state of a thing; one explanation for each entry of a transaction. */
  explain(id: string, signal?: AbortSignal): Promise<readonly ExplanationView[]>;
  /**
   * Follows a release until it reaches the wanted stage, or one from which it never will (`claimable`, `refused`), and
   * returns its entry. Polls at each event and, in case the stream breaks, every two seconds.
   */
  awaitRelease(
    request: { readonly id: string; readonly stage: ReleaseStageName; readonly onStage?: (entry: EntryView) => void },
    signal: AbortSignal,
  ): Promise<EntryView>;
  /** The aggregator's readiness, with the reasons if it is not ready. */
  readReadiness(signal?: AbortSignal): Promise<ReadinessView>;
  /** Yields events until the stream ends, the signal aborts, or a minute brings nothing; pass the last id that `onLastEventId` got to resume. */
  readEvents(options?: EventsRequest): AsyncGenerator<AggregatorEvent>;
}

/** Creates a client of one aggregator; sends nothing yet. @throws BAD_URL. */
export function createAggregatorClient(options: HttpOptions): AggregatorClient {
  const http = createHttpJson(options);
  const reads = stateReads(http);
  const events: AggregatorClient['readEvents'] = (request = {}) => readEvents(http, request);
  return {
    origin: http.origin,
    ...posts(http),
    ...edgeReads(http),
    ...reads,
    ...termsReads(http),
    ...quoteReads(http),
    ...proofReads(http),
    readEvents: events,
    awaitRelease: (request, signal) =>
      awaitRelease({ ...request, readEntry: reads.readEntry, readEvents: events }, signal),
  };
}

function posts(http: HttpJson) {
  return {
    async postStatements(statements, signal) {
      const outcomes: OutcomeView[] = [];
      for (let at = 0; at < statements.length; at += STATEMENTS_PER_POST_MAX) {
        const part = statements.slice(at, at + STATEMENTS_PER_POST_MAX);
        const body: PostStatementsBody = { statements: part };
        const answer = await http.exchange({
          method: 'POST',
          path: '/v1/statements',
          body: JSON.stringify(formatWire(body)),
          signal,
        });
        if (answer.status !== 200 && answer.status !== 422) throw failure(answer.status, answer.body, http.origin);
        const read = readAnswer(postStatementsAnswer, answer.body).outcomes;
        if (read.length !== part.length) throw badAnswer('answer.outcomes', read.length, `${part.length} outcomes`);
        outcomes.push(...read);
      }
      return outcomes;
    },
    async postEntries(request, signal) {
      const body: PostEntriesBody = {
        from: request.from,
        packed: bytesToHex(request.entries.packed),
        stage: request.stage,
        locations: request.entries.locations.map(locationOf),
        poster: request.poster,
        signature: request.signature,
      };
      const path = `/v1/edges/${request.edge}/entries`;
      const answer = await http.exchange({ method: 'POST', path, body: JSON.stringify(formatWire(body)), signal });
      if (answer.status === 200) return readAnswer(outcomeView, answer.body);
      const problem = readAnswer(problemEssentials, answer.body);
      return { kind: 'refused', code: problem.code, detail: problem.detail };
    },
  } satisfies Partial<AggregatorClient>;
}

function edgeReads(http: HttpJson) {
  const readStatements: AggregatorClient['readStatements'] = async (request, signal) => {
    const { limit = STATEMENTS_PER_PAGE_MAX } = request;
    const query = `after=${request.after}&limit=${limit}`;
    const path = `/v1/edges/${request.edge}/statements?${query}${request.attested === true ? '&attested=true' : ''}`;
    return (await http.read(path, statementsAnswer, signal)).statements.slice(0, limit);
  };
  return {
    readEdges: async (signal) => (await http.read('/v1/edges', edgesAnswer, signal)).edges,
    readStatements,
    async readAttested(edge, { after, upTo }, signal) {
      const found: CompleteStatement[] = [];
      let cursor = after;
      for (let page = 0; page < PAGES_MAX; page++) {
        // An aggregator that lists more statements than one batch can need is cut off: those read suffice.
        if (upTo !== undefined && page >= BATCH_PAGES_MAX) return found.sort(byCountThenAge);
        const statements = await readStatements({ edge, after: cursor, attested: true }, signal);
        for (const { statement, signers, signatures, complete } of statements) {
          if (statement.edge !== edge || statement.count <= cursor) throw strayStatement(statement, edge, cursor);
          if (complete) found.push({ statement, signers, signatures });
        }
        cursor = statements.reduce((top, { statement }) => (statement.count > top ? statement.count : top), cursor);
        const isEnough = upTo !== undefined && cursor > upTo;
        if (isEnough || statements.length < STATEMENTS_PER_PAGE_MAX) return found.sort(byCountThenAge);
      }
      throw clientError({
        code: 'BAD_ANSWER',
        message: `${http.origin} lists more than ${PAGES_MAX} pages of statements for ${edge}; expected an end`,
        retryable: false,
      });
    },
    async readEntries(edge, from, to, signal) {
      const parts: Uint8Array[] = [];
      for (let at = from; at < to; at += ENTRIES_PER_READ_MAX) {
        const end = at + ENTRIES_PER_READ_MAX < to ? at + ENTRIES_PER_READ_MAX : to;
        const path = `/v1/edges/${edge}/entries?from=${at}&to=${end}`;
        const page = await http.read(path, entriesPage, signal);
        const packed = hexToBytes(page.packed);
        if (packed.length !== ENTRY_BYTES * Number(end - at)) {
          throw badAnswer('answer.packed', `${packed.length} bytes`, `${end - at} entries of ${ENTRY_BYTES} bytes`);
        }
        parts.push(packed);
      }
      return concatBytes(...parts);
    },
    ...waitingReads(http),
  } satisfies Partial<AggregatorClient>;
}

function stateReads(http: HttpJson) {
  return {
    readStatus: (signal) => http.read('/v1/status', statusView, signal),
    readChains: async (signal) => (await http.read('/v1/chains', chainsAnswer, signal)).chains,
    readContracts: async (signal) => (await http.read('/v1/contracts', contractsAnswer, signal)).contracts,
    readWitnesses: async (signal) => (await http.read('/v1/witnesses', witnessesAnswer, signal)).edges,
    readMarkets: async (signal) => (await http.read('/v1/markets', marketsAnswer, signal)).markets,
    readAuctions: (after, signal) => {
      const path = `/v1/auctions${after === undefined ? '' : `?after=${after}`}`;
      return http.read(path, auctionsAnswer, signal);
    },
    async readAuction(account, signal) {
      const body = await http.readUnlessNone(`/v1/auctions/${account}`, { code: 'NO_AUCTION', signal });
      return body === undefined ? null : aboutAccount(account, Promise.resolve(readAnswer(auctionAnswer, body)));
    },
    readAccount: (account, signal) => aboutAccount(account, http.read(`/v1/accounts/${account}`, accountView, signal)),
    readMargin: (account, signal) =>
      aboutAccount(account, http.read(`/v1/accounts/${account}/margin`, marginView, signal)),
    readProtocols: (account, signal) =>
      aboutAccount(account, http.read(`/v1/accounts/${account}/protocols`, accountProtocolsView, signal)),
    readHistory: (account, { before, limit = CHANGES_PER_PAGE_MAX } = {}, signal) => {
      const path = `/v1/accounts/${account}/history?limit=${limit}${before === undefined ? '' : `&before=${before}`}`;
      return aboutAccount(account, http.read(path, historyAnswer, signal));
    },
    readHealthHistory: (account, { before, limit = HEALTH_POINTS_PER_PAGE_MAX } = {}, signal) => {
      const path = `/v1/accounts/${account}/health?limit=${limit}${before === undefined ? '' : `&before=${before}`}`;
      return aboutAccount(account, http.read(path, healthHistoryAnswer, signal));
    },
    readEntry: async (id, signal) => {
      const path = `/v1/entries/${encodeURIComponent(id)}`;
      const body = await http.readUnlessNone(path, { code: 'UNKNOWN_ENTRY', signal });
      if (body === undefined) return [];
      const isList = typeof body === 'object' && body !== null && 'entries' in body;
      if (!isList) return aboutEntry(id, [readAnswer(entryView, body)]);
      return aboutEntry(id, repeating(id, readAnswer(entriesOfTransaction, body), 'txHash').entries);
    },
    explain: async (id, signal) => {
      const answer = await http.read(`/v1/explain/${encodeURIComponent(id)}`, explainAnswer, signal);
      return aboutEntry(id, repeating(id, answer, 'asked').explanations);
    },
    async readReadiness(signal) {
      const response = await http.exchange({ method: 'GET', path: '/health/ready', signal, passes: [503] });
      return readAnswer(readinessView, response.body);
    },
  } satisfies Partial<AggregatorClient>;
}

function locationOf(location: LocationView): LocationView {
  const { index, blockHeight, blockHash, txHash, logIndex } = location;
  return { index, blockHeight, blockHash, txHash, logIndex };
}

function byCountThenAge(left: CompleteStatement, right: CompleteStatement): number {
  if (left.statement.count !== right.statement.count) return left.statement.count < right.statement.count ? -1 : 1;
  return Number(left.statement.asOf - right.statement.asOf);
}

function strayStatement({ edge: named, count }: JournalHead, edge: Bytes32, after: bigint): Error {
  const expected = `counts above ${after} of ${edge}`;
  return badAnswer('answer.statements', `count ${count} of ${named}`, expected);
}
