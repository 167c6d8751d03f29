import type { ConfigIssue } from './errors.js';
import type { ChainFile, NetworkFile } from './network-schema.js';

/**
 * Finds problems of source 0, the vault of the settlement chain: nobody signs, witnesses or relays what the ledger reads
 * itself, so nothing in the file may say that somebody does.
 */
export function findLocalVaultIssues(network: NetworkFile): ConfigIssue[] {
  const { settlement } = network;
  if (settlement === undefined) return [];
  return network.chains.flatMap((chain, at) => {
    if (chain.vault === undefined) return [];
    const path = `chains[${at}].vault`;
    return chain.chainId === settlement.chainId
      ? checkLocal(chain.vault, settlement.attesterSet, path)
      : checkRemote(chain.vault, settlement.chainId, path);
  });
}

type Vault = NonNullable<ChainFile['vault']>;

function checkLocal(vault: Vault, attesterSet: string, path: string): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const { source, desk, policy, assets } = vault;
  if (source !== 0)
    issues.push({ path: `${path}.source`, seen: String(source), expected: '0, the vault of the settlement chain' });
  if (desk === undefined)
    issues.push({ path: `${path}.desk`, seen: 'nothing', expected: 'the LocalDesk between this vault and the ledger' });
  if (policy !== undefined)
    issues.push({ path: `${path}.policy`, seen: `m = ${policy.m}`, expected: 'none: no witness speaks for source 0' });
  if (vault.attesterSet.toLowerCase() === attesterSet.toLowerCase())
    issues.push({
      path: `${path}.attesterSet`,
      seen: vault.attesterSet,
      expected: 'the LocalVerifier: an attester set here could sign payments that no ledger debited',
    });
  assets.forEach(({ lockFeeBp = 0 }, index) => {
    if (lockFeeBp > 0)
      issues.push({
        path: `${path}.assets[${index}].lockFeeBp`,
        seen: String(lockFeeBp),
        expected: '0 or nothing: a lock at source 0 pays its own way, and the desk locks without a fee',
      });
  });
  return issues;
}

function checkRemote({ source, desk }: Vault, home: number, path: string): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (source === 0)
    issues.push({
      path: `${path}.source`,
      seen: '0',
      expected: `a number from 1: source 0 is the vault of the settlement chain ${home}`,
    });
  if (desk !== undefined)
    issues.push({
      path: `${path}.desk`,
      seen: desk,
      expected: 'none: only the vault of the settlement chain has a desk',
    });
  return issues;
}
