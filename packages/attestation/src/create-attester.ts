import { keccak256, marginReportPreimage } from '@surety/contracts';
import {
  bytes32,
  bytesToHex,
  haltPreimage,
  postedEntriesPreimage,
  statementDigest,
  statementPreimage,
  uintToBytes,
} from '@surety/domain';
import {
  type Attester,
  type HistoryRow,
  type SigningHistory,
  type TypedDataSigner,
  type VerifiedStatement,
  attestError,
  crashPoint,
  isVerifiedStatement,
} from '@surety/workflows';
import { recoverSigner } from '@surety/keys/recovery';

/**
 * Creates an attester from a signer and its signing history. Calls run one at a time: the claims of the statements are
 * recorded and synced, then the statements are signed in order. If the signer throws, no signature is returned.
 */
export function createAttester(options: {
  readonly signer: TypedDataSigner;
  readonly history: SigningHistory;
}): Attester {
  const { signer, history } = options;
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const next = last.then(act, act);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    address: signer.address,
    sign: (statements, domain) =>
      inOrder(async () => {
        const stray = statements.find((statement) => !isVerifiedStatement(statement));
        if (stray !== undefined) {
          throw attestError(
            'NOT_VERIFIED',
            'a statement was not made from a verified frame; expected one made by statementsOf',
          );
        }
        crashPoint('attester.sign.asked');
        await recordOrRefuse(history, statements);
        crashPoint('attester.sign.recorded');
        const signed = [];
        for (const { statement } of statements) {
          const signature = await signer.sign(statementPreimage(statement, domain, keccak256));
          signed.push({ statement, signer: signer.address, signature });
          crashPoint('attester.sign.signed');
        }
        return signed;
      }),
    signPosted: (posted, domain) => signer.sign(postedEntriesPreimage(posted, domain, keccak256)),
    signHalt: (halt, domain) => signer.sign(haltPreimage(halt, domain, keccak256)),
    signReport: (report, { chainId, verifyingContract: verifier }) =>
      signer.sign(marginReportPreimage(report, { chainId: Number(chainId), verifier })),
    async judge({ statement, signature }, domain) {
      if (recoverSigner(statementDigest(statement, domain, keccak256), signature) !== signer.address) return 'foreign';
      const stored = await history.readHead(statement.edge, statement.count);
      if (stored === undefined) return 'unknown';
      return stored === statement.head ? 'known' : 'contradicted';
    },
  };
}

async function recordOrRefuse(history: SigningHistory, statements: readonly VerifiedStatement[]): Promise<void> {
  const outcome = await history.record(statements.flatMap(rowsOf));
  if (outcome.kind === 'recorded') return;
  const { row, stored } = outcome;
  const place = placeOf(row);
  throw attestError(
    'CONTRADICTION',
    `the ${place} would be stated as ${row.value}, but the signing history holds ${stored} or a contradiction of it; ` +
      'this is refused for ever. Find out which providers showed another chain before anything else',
    row.kind === 'head'
      ? { edge: row.edge, count: row.count }
      : row.kind === 'tip'
        ? { edge: row.edge, height: row.height }
        : { chain_id: row.chainId, height: row.height },
  );
}

function placeOf(row: HistoryRow): string {
  if (row.kind === 'head') return `head of edge ${row.edge} at count ${row.count}`;
  if (row.kind === 'block') return `block ${row.height} of chain ${row.chainId}`;
  return `count of edge ${row.edge} at block ${row.height} of time ${row.asOf}`;
}

function rowsOf({ originChainId, statement }: VerifiedStatement): HistoryRow[] {
  return [
    { kind: 'head', edge: statement.edge, count: statement.count, value: statement.head },
    {
      kind: 'tip',
      edge: statement.edge,
      asOf: statement.asOf,
      height: statement.blockNumber,
      value: bytes32(bytesToHex(uintToBytes(statement.tip, 32))),
    },
    { kind: 'block', chainId: originChainId, height: statement.blockNumber, value: bytes32(statement.blockHash) },
  ];
}
