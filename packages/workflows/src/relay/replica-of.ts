import type { EdgeReplica, Ledger } from '../ports/ledger.js';
import type { Vault } from '../ports/vault.js';

/** Returns the ledger's replica of one source's journal: the end of an edge to the ledger. */
export function replicaOfLedger(ledger: Ledger, source: number): EdgeReplica {
  return {
    read: (signal) => ledger.readReplica(source, signal),
    apply: (batch, signal) => ledger.apply({ ...batch, source }, signal),
    refresh: (attested, signal) => ledger.refresh(source, attested, signal),
    distrustProvider: () => ledger.distrustProvider(),
  };
}

/** Returns a vault's replica of the ledger's journal: the end of an edge to a vault. */
export function replicaOfVault(vault: Vault): EdgeReplica {
  return {
    read: (signal) => vault.readReplica(signal),
    apply: (batch, signal) => vault.applyReleases(batch, signal),
    refresh: (attested, signal) => vault.refresh(attested, signal),
    distrustProvider: () => vault.distrustProvider(),
  };
}
