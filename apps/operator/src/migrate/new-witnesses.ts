import { type Network, parseNetwork } from '@surety/config';
import { keccak256, l1StateWitnessAbi, layerZeroWitnessAbi } from '@surety/contracts';
import { type Address, address, bytesToHex, hexToBytes } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, ContractFunctionZeroDataError } from 'viem';
import type { ActTarget } from '../acts/find-target.js';
import { operatorError } from '../errors.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { differing } from './migration-steps.js';
import type { VaultFacts, WitnessFacts } from './read-vault.js';

/** A pair of witnesses as chains.config.json states it. */
export type NamedWitness = NonNullable<NonNullable<Network['chains'][number]['vault']>['witnesses']>[number];

/** The contracts that the ends of a pair must read: the new vault, and the ledger's journal to it. */
interface WitnessedEnds {
  readonly origin: ActTarget;
  readonly home: ActTarget;
  readonly vault: Address;
  readonly source: number;
}

/**
 * Reads the pairs of a new vault from a file, by the rules of chains.config.json.
 * @throws NOT_JSON; CONFIG_INVALID listing every problem by its path in the configuration.
 */
export function parseNewWitnesses(
  network: Network,
  { chainId }: { readonly chainId: number },
  file: string,
): readonly NamedWitness[] {
  const witnesses = parseJson(file, readTextFile(file), (json) => json);
  const chains = network.chains.map((chain) =>
    chain.chainId === chainId ? { ...chain, vault: { ...chain.vault, witnesses } } : chain,
  );
  const parsed = parseNetwork(
    JSON.stringify({ ...network, chains }),
    `the configuration with the witnesses of ${file}`,
  );
  return parsed.chains.find((chain) => chain.chainId === chainId)?.vault?.witnesses ?? [];
}

/** Names the end of each pair on one side, with its place. */
export function pairEndsOf(witnesses: readonly NamedWitness[], side: 'atVault' | 'atLedger'): readonly WitnessFacts[] {
  return witnesses.map(({ slot, mayConflict, ...pair }) => ({
    slot,
    mayConflict,
    at: address(pair[side].contract.toLowerCase()),
  }));
}

/**
 * Returns the pairs for a new vault. Those of the old vault have it among their immutables, so none of them can ever publish or
 * record a head of another one.
 * @throws MIGRATION_REFUSED if the old vault has witnesses, and too few new pairs are named.
 */
export function requireNewPairs(
  { at, m, terms, witnesses, sourceWitnesses }: VaultFacts,
  next: Omit<WitnessedEnds, 'origin' | 'home'>,
  named: readonly NamedWitness[] | undefined,
): readonly NamedWitness[] {
  const kept = [...witnesses, ...sourceWitnesses].map((one) => one.at);
  const needed = Math.max(m, terms.m, kept.length === 0 ? 0 : 1);
  const given = named ?? [];
  if (given.length >= needed) return given;
  const list = kept.length === 0 ? '' : ` the witnesses ${kept.join(', ')} read ${at} and its source for ever;`;
  throw operatorError(
    'MIGRATION_REFUSED',
    `${given.length} pairs are named;${list} expected --witnesses with ${needed} pair${needed === 1 ? '' : 's'} at least, built for the vault ${next.vault} and source ${next.source}; nothing was sent`,
  );
}

/** Lists the named pairs that do not read the new vault on their one side and its source on their other. */
export async function findUnfitPairs(ends: WitnessedEnds, named: readonly NamedWitness[]): Promise<string[]> {
  const found = await Promise.all(
    named.flatMap((pair) => [
      findUnfitEnd(ends, 'atVault', { name: pair.name, at: pair.atVault.contract }),
      findUnfitEnd(ends, 'atLedger', { name: pair.name, at: pair.atLedger.contract }),
    ]),
  );
  return found.flat();
}

/** Lists the differences between what one end reads for ever and what it must read. */
async function findUnfitEnd(
  { origin, home, vault, source }: WitnessedEnds,
  side: 'atVault' | 'atLedger',
  { name, at }: { readonly name: string; readonly at: string },
): Promise<string[]> {
  const isVault = side === 'atVault';
  const { reader, chain } = isVault ? origin : home;
  const end = `witness ${name} beside the ${isVault ? 'vault' : 'ledger'}, ${at.toLowerCase()}`;
  const contract = address(at.toLowerCase());
  if (((await reader.getCode({ address: contract })) ?? '0x') === '0x') {
    return [`${end}, has no code on ${chain.name}; expected a contract of this pair`];
  }
  const messages = { address: contract, abi: layerZeroWitnessAbi } as const;
  const journal = await answerOf(reader.readContract({ ...messages, functionName: 'journal' }));
  if (journal !== undefined) {
    const ledgerSource = await answerOf(reader.readContract({ ...messages, functionName: 'ledgerSource' }));
    return [
      ...differing(`journal() of ${end}`, journal, isVault ? vault : home.contract),
      ...differing(`ledgerSource() of ${end}`, ledgerSource, isVault ? 0 : source),
    ];
  }
  // A witness by state proof reads the journal of the other chain, of a contract with one code alone.
  const proof = { address: contract, abi: l1StateWitnessAbi } as const;
  const proven = await answerOf(reader.readContract({ ...proof, functionName: 'vault' }));
  if (proven === undefined)
    return [`${end}, answers neither journal() nor vault() on ${chain.name}; expected one that names its contract`];
  const read = isVault ? home : { reader: origin.reader, contract: vault };
  const code = (await read.reader.getCode({ address: read.contract })) ?? '0x';
  return [
    ...differing(`vault() of ${end}`, proven, read.contract),
    ...differing(
      `vaultCodeHash() of ${end}`,
      await answerOf(reader.readContract({ ...proof, functionName: 'vaultCodeHash' })),
      bytesToHex(keccak256(hexToBytes(code))),
    ),
  ];
}

/** Gives nothing where the contract has no such view. A provider that fails is no answer. */
async function answerOf<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (failure) {
    const isMissing =
      failure instanceof BaseError &&
      failure.walk(
        (inner) => inner instanceof ContractFunctionRevertedError || inner instanceof ContractFunctionZeroDataError,
      ) !== null;
    if (isMissing) return undefined;
    throw failure;
  }
}
