import { collateralLedgerAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import { type ChainLog, type FactTransaction, type LedgerFact, PARK_REASONS } from '@surety/workflows';
import { decodeEventLog } from 'viem';

/** Events after which lines weigh differently, or a source's age is another. */
const TERMS_EVENTS = new Set(['SourceListed', 'AssetListed', 'Applied', 'Refreshed', 'SourceStateChanged', 'CapSet']);

/** Facts of some logs of the ledger, and whether weights may have changed. */
export interface DecodedFacts {
  readonly transactions: readonly FactTransaction[];
  readonly termsChanged: boolean;
}

/** Reads ledger logs, ascending, as facts grouped by transaction. Logs that change no row give no fact. */
export function decodeFacts(logs: readonly ChainLog[], chainId: number): DecodedFacts {
  const transactions: { txHash: string; block: FactTransaction['block']; facts: LedgerFact[] }[] = [];
  let termsChanged = false;
  for (const log of logs) {
    const event = decode(log);
    if (event === undefined) continue;
    if (TERMS_EVENTS.has(event.eventName)) termsChanged = true;
    const fact = factOf(event);
    if (fact === undefined) continue;
    const last = transactions.at(-1);
    if (last !== undefined && last.txHash === log.txHash) last.facts.push(fact);
    else
      transactions.push({
        txHash: log.txHash,
        block: { chainId, height: log.blockHeight, hash: log.blockHash },
        facts: [fact],
      });
  }
  return { transactions: transactions.map(({ block, facts }) => ({ block, facts })), termsChanged };
}

function decode(log: ChainLog) {
  const [topic, ...rest] = log.topics;
  if (topic === undefined) return undefined;
  try {
    return decodeEventLog({ abi: collateralLedgerAbi, topics: [topic, ...rest], data: log.data });
  } catch {
    return undefined;
  }
}

function factOf(event: NonNullable<ReturnType<typeof decode>>): LedgerFact | undefined {
  switch (event.eventName) {
    case 'SourceListed': {
      const { source, edge, terms } = event.args;
      const originChainId = Number(terms.originChainId);
      return { kind: 'source-listed', source, edge: bytes32(edge), originChainId, vault: address(terms.vault) };
    }
    case 'AssetListed': {
      const { source, vaultAsset, underlying, ownPrice, decimals } = event.args.terms;
      return { kind: 'asset-listed', assetId: event.args.assetId, source, vaultAsset, underlying, ownPrice, decimals };
    }
    case 'Applied': {
      const { edge, from, to, head, feeTo } = event.args;
      return { kind: 'applied', edge: bytes32(edge), from, to, head: bytes32(head), feeTo: bytes32(feeTo) };
    }
    case 'Parked': {
      const { source, index, account, vaultAsset, amount, fee, reason } = event.args;
      const name = PARK_REASONS[reason] ?? 'NONE';
      return { kind: 'parked', source, index, account: bytes32(account), vaultAsset, amount, fee, reason: name };
    }
    case 'Unparked': {
      const { source, index, account, assetId, amount, fee, feeTo } = event.args;
      return {
        kind: 'unparked',
        source,
        index,
        account: bytes32(account),
        assetId,
        amount,
        fee,
        feeTo: bytes32(feeTo),
      };
    }
    case 'EntryRefused':
      return { kind: 'refused', source: event.args.source, index: event.args.index };
    case 'Enabled':
      return { kind: 'enabled', account: bytes32(event.args.account), assetId: event.args.assetId, on: event.args.on };
    default:
      return undefined;
  }
}
