import { REPORT_ERRORS, createChainReads, readReportPlace } from '@surety/transactions';
import { judgePosting } from '@surety/workflows';
import type { ReportFile } from '@surety/chain';
import { openAgreedRpc } from '../chains/open-agreed-rpc.js';
import type { SpendingChain } from '../chains/open-sender.js';

/** Judges whether a report can be posted, or is stored already, by what two thirds of the providers show. @throws NO_PROVIDER, NO_QUORUM, PROVIDER_FAILED. */
export async function readPosting(
  place: SpendingChain,
  { report, verifier }: Pick<ReportFile, 'report' | 'verifier'>,
): Promise<ReturnType<typeof judgePosting>> {
  const reads = createChainReads(openAgreedRpc(place), REPORT_ERRORS);
  return judgePosting(report, await readReportPlace(reads, report), verifier);
}
