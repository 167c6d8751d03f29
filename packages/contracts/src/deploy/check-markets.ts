import type { PublicClient } from 'viem';
import { collateralLedgerAbi, marketAbi, marketTrancheAbi } from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { DeploymentPlan } from './plan-deployment.js';

/** Compares every market with the plan: ledger, token, tranche, each term, and whether cross-margin accounts may opt in. */
export async function checkMarkets(
  { settlement: at }: DeploymentPlan,
  reader: PublicClient,
  check: DeploymentCheck,
): Promise<void> {
  for (const { request, market, tranche } of at.markets) {
    const contract = { address: market, abi: marketAbi } as const;
    const junior = { address: tranche, abi: marketTrancheAbi } as const;
    const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
    const name = `market ${request.name}`;
    const [itsLedger, token, itsTranche, terms, symbol, decimals, itsMarket, [, listed]] = await Promise.all([
      reader.readContract({ ...contract, functionName: 'ledger' }),
      reader.readContract({ ...contract, functionName: 'asset' }),
      reader.readContract({ ...contract, functionName: 'tranche' }),
      reader.readContract({ ...contract, functionName: 'terms' }),
      reader.readContract({ ...contract, functionName: 'symbol' }),
      reader.readContract({ ...contract, functionName: 'decimals' }),
      reader.readContract({ ...junior, functionName: 'market' }),
      reader.readContract({ ...ledger, functionName: 'protocolOf', args: [market] }),
    ]);
    check.equal(`${name}: ledger`, itsLedger, at.ledger);
    check.equal(`${name}: token`, token, request.token);
    check.equal(`${name}: tranche`, itsTranche, tranche);
    check.equal(`${name}: symbol`, symbol, `sm${request.symbol}`);
    check.equal(`${name}: decimals`, decimals, request.decimals + 6);
    check.equal(`${name}: market of its tranche`, itsMarket, market);
    check.equal(`${name}: listed`, listed, request.listed);
    for (const [field, expected] of Object.entries(request.terms))
      check.equal(`${name}: ${field}`, terms[field as keyof typeof terms], expected);
  }
}
