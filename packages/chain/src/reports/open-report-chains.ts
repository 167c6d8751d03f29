import { createReader, openProviders, type ProvidersOptions, providerTransport } from '@surety/rpc';
import type { ReportChain } from './report-chain.js';

/** The settlement chain, its contracts, and its providers. */
export type ReportChainsOptions = Omit<ProvidersOptions, 'chainId'> & Pick<ReportChain, 'chain' | 'settlement'>;

/** Opens the settlement chain at each provider separately, with limits on time and size; sends nothing yet. */
export function openReportChains({ chain, settlement, ...open }: ReportChainsOptions): readonly ReportChain[] {
  return openProviders({ ...open, chainId: chain.chainId }).map((provider) => ({
    chain,
    settlement,
    reader: createReader(providerTransport([provider])),
  }));
}
