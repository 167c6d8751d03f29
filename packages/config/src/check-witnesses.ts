import { duplicates } from './duplicates.js';
import type { ConfigIssue } from './errors.js';
import type { ChainFile, NetworkFile } from './network-schema.js';

/** Finds problems of witnesses, policies and attesters' operators beyond the schema: broken references and duplicates. */
export function findWitnessIssues(network: NetworkFile): ConfigIssue[] {
  return [
    ...network.chains.flatMap((chain, at) => checkVault(network, chain, `chains[${at}].vault`)),
    ...checkOperators(network),
  ];
}

function checkVault(network: NetworkFile, chain: ChainFile, path: string): ConfigIssue[] {
  const witnesses = chain.vault?.witnesses ?? [];
  const place = `${path}.witnesses`;
  const own: ConfigIssue[] =
    witnesses.length > 0 && chain.chainId === network.settlement?.chainId
      ? [{ path: place, seen: `${witnesses.length} witnesses`, expected: 'none: this vault is read in the same call' }]
      : [];
  return [
    ...own,
    ...duplicates({ values: witnesses.map(({ slot }) => String(slot)), path: place, what: 'slot' }),
    ...duplicates({ values: witnesses.map(({ name }) => name), path: place, what: 'name' }),
    ...witnesses.flatMap((witness, at) => checkIds(network, chain, { kind: witness.kind, path: `${place}[${at}]` })),
  ];
}

/** A bridge only reaches chains that it has an id for. */
function checkIds(
  network: NetworkFile,
  chain: ChainFile,
  { kind, path }: { readonly kind: string; readonly path: string },
): ConfigIssue[] {
  const field = kind === 'layerzero' ? 'layerZeroEid' : kind === 'wormhole' ? 'wormholeChainId' : undefined;
  if (field === undefined) return [];
  const settlement = network.chains.find((one) => one.chainId === network.settlement?.chainId);
  return [chain, settlement]
    .filter((one) => one !== undefined)
    .filter((one) => one[field] === undefined)
    .map((one) => ({ path: `${path}.kind`, seen: kind, expected: `${field} of ${one.name} (${one.chainId})` }));
}

function checkOperators(network: NetworkFile): ConfigIssue[] {
  const members = new Set(network.attesters?.members.map((member) => member.toLowerCase()));
  const operators = network.attesters?.operators ?? [];
  const strangers = operators.flatMap(({ member }, at) =>
    members.has(member.toLowerCase())
      ? []
      : [{ path: `attesters.operators[${at}].member`, seen: member, expected: 'an address in attesters.members' }],
  );
  const values = operators.map(({ member }) => member.toLowerCase());
  return [...strangers, ...duplicates({ values, path: 'attesters.operators', what: 'member' })];
}
