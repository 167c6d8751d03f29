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
    const name = `market ${request.name}`;
    const contract = { address: market, abi: marketAbi } as const;
    const [token, terms, itsMarket, [, listed]] = await Promise.all([
      reader.readContract({ ...contract, functionName: 'asset' }),
      reader.readContract({ ...contract, functionName: 'terms' }),
      reader.readContract({ address: tranche, abi: marketTrancheAbi, functionName: 'market' }),
      reader.readContract({ address: at.ledger, abi: collateralLedgerAbi, functionName: 'protocolOf', args: [market] }),
    ]);
    const decimals = request.decimals + 6;
    await check.views(
      `${name}: `,
      { ...contract, reader },
      { ledger: at.ledger, tranche, symbol: `sm${request.symbol}`, decimals },
    );
    check.equal(`${name}: token`, token, request.token);
    check.equal(`${name}: market of its tranche`, itsMarket, market);
    check.equal(`${name}: listed`, listed, request.listed);
    for (const [field, expected] of Object.entries(request.terms))
      check.equal(`${name}: ${field}`, terms[field as keyof typeof terms], expected);
  }
}
