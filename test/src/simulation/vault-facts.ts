import { type Address, ZERO_WORD } from '@surety/domain';
import type { VaultFact, VaultTransaction } from '@surety/workflows';
import { wordsOf } from './journal-model.js';
import type { MinedTx } from './modelled-chain.js';
import type { VaultCall, VaultFact as ModelFact } from './vault-state.js';
import type { VaultChain } from './world.js';

/** Gives what a vault said in some blocks, as its logs read. */
export function vaultTransactions(chain: VaultChain, from: number, to: number): VaultTransaction[] {
  const transactions: VaultTransaction[] = [];
  for (let height = Math.max(0, from); height <= to; height++) {
    const block = chain.at(height);
    if (block === undefined) continue;
    const name = { chainId: chain.id, height: BigInt(height), hash: block.hash };
    for (const mined of block.txs) {
      const facts = mined.facts.map((fact) => toldOf(fact, mined));
      if (facts.length > 0) transactions.push({ block: name, facts });
    }
  }
  return transactions;
}

function toldOf(fact: ModelFact, { tx }: MinedTx<VaultCall, ModelFact>): VaultFact {
  switch (fact.kind) {
    case 'applied': {
      const { name: edge, from, to, head } = fact;
      return { kind: 'applied', edge, from: BigInt(from), to: BigInt(to), head, txHash: tx.hash };
    }
    case 'queued': {
      const { asset: vaultAsset, account, party, amount } = wordsOf(fact.packed);
      const recipient = `0x${party.slice(26)}` as Address;
      const readyAt = BigInt(fact.readyAtS);
      return { kind: 'queued', seq: fact.seq, vaultAsset, account, recipient, amount, readyAt };
    }
    case 'loss-queued': {
      const { asset: vaultAsset, party, amount } = wordsOf(fact.packed);
      const found = BigInt(party) !== 0n;
      return { kind: 'loss-queued', seq: fact.seq, vaultAsset, amount, found, readyAt: BigInt(fact.readyAtS) };
    }
    case 'paid':
      return { kind: 'paid', seq: fact.seq };
    // Guardians of the model give no reason.
    case 'stopped':
      return { kind: 'stopped', seq: fact.seq, reason: ZERO_WORD };
    case 'claimable':
    case 'refused':
      return { kind: fact.kind, seq: fact.seq, reason: 1 };
    case 'settled':
    case 'paid-past-point':
      return { kind: fact.kind, seq: fact.seq, amount: fact.units };
    case 'voided':
      return { kind: 'voided', seq: fact.seq, due: fact.units };
    case 'loss-borne':
      return { kind: 'loss-borne', seq: fact.seq, loss: fact.units };
    case 'loss-taken': {
      const { seq, asset: vaultAsset, units, found } = fact;
      return { kind: 'loss-taken', seq, vaultAsset, units, found };
    }
    case 'shortfall': {
      const { asset: vaultAsset, missing, coverageWad } = fact;
      return { kind: 'shortfall', vaultAsset, missing, coverageWad };
    }
    case 'rewinding': {
      const { name: edge, next, count, head } = fact;
      return { kind: 'rewinding', edge, next, count, head };
    }
    case 'unwound':
      return fact;
    case 'edge-opened': {
      const { name: edge, previous, generation } = fact;
      return { kind: 'edge-opened', edge, previous, generation };
    }
  }
}
