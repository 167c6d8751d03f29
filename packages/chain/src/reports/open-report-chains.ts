import { type ProvidersOptions, openProviders, providerTransport } from '@surety/rpc';
import { createPublicClient } from 'viem';
import type { ReportChain } from './report-chain.js';

/** The settlement chain with the ways to its providers. */
export type ReportChainsOptions = Omit<ProvidersOptions, 'chainId'> & Pick<ReportChain, 'chain' | 'settlement'>;

/** Gives the settlement chain once at each provider, answers bounded in time and bytes; nothing is asked yet. */
export function openReportChains({ chain, settlement, ...open }: ReportChainsOptions): readonly ReportChain[] {
  return openProviders({ ...open, chainId: chain.chainId }).map((provider) => ({
    chain,
    settlement,
    reader: createPublicClient({ transport: providerTransport([provider]) }),
  }));
}
