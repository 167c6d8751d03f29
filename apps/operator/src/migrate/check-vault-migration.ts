import type { Network } from '@surety/config';
import {
  type PlannedVaultParts,
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  isCodeOf,
  keccak256,
} from '@surety/contracts';
import { type Bytes32, address, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';
import { findRivals } from './find-rivals.js';
import type { ActStep, CheckStep } from './migration.js';
import { differing } from './migration-steps.js';
import { type NamedWitness, pairEndsOf, findUnfitPairs } from './new-witnesses.js';
import {
  type SourceTerms,
  type VaultAssetFacts,
  type VaultFacts,
  type WitnessFacts,
  readInit,
  readVault,
} from './read-vault.js';

/** The move of a vault to another one on the same chain, which is a new source. */
export interface VaultMigration {
  readonly network: Network;
  /** The old vault's chain. */
  readonly origin: ActTarget;
  /** The ledger's. */
  readonly home: ActTarget;
  /** Index of the new source. */
  readonly source: number;
  /** Part of the new vault's address; the source's index if left out. */
  readonly salt?: Bytes32;
  /** Pairs that are built for the new vault and its source; those of the old vault read the old one for ever. */
  readonly witnesses?: readonly NamedWitness[];
  /** Lists the floors that the deployment breaks with a vault in its chain's place. */
  readonly floors: (vault: NonNullable<Network['chains'][number]['vault']>) => Promise<readonly string[]>;
}

/** A vault migration with the old vault's facts and the plan of the new vault. */
export interface VaultPlan extends VaultMigration {
  readonly old: VaultFacts;
  readonly next: PlannedVaultParts;
  /** The new vault's witnesses. */
  readonly pairs: readonly NamedWitness[];
}

/** The zero address. */
export const NOBODY = `0x${'00'.repeat(20)}`;

/**
 * Requires that the old vault is as the migration expects, until it has a successor, and that nothing which waits at a timelock sets
 * what the acts set to other values.
 */
export function checkBefore(plan: VaultPlan, acts: readonly ActStep[]): CheckStep {
  const { origin, home, old } = plan;
  return {
    kind: 'check',
    title:
      'the old vault is the ledger’s source, live, with a verifier that can sign, and nothing that waits in a timelock undoes the move',
    target: origin,
    problems: async () => {
      const contract = { address: home.contract, abi: collateralLedgerAbi } as const;
      const governor = address(await home.reader.readContract({ ...contract, functionName: 'governor' }));
      return [
        ...(old.successor === NOBODY ? await findOldProblems(plan) : []),
        ...(await findRivals(origin, old.init.governor, acts)),
        ...(await findRivals(home, governor, acts)),
      ];
    },
  };
}

async function findOldProblems({ origin, home, old }: VaultPlan): Promise<string[]> {
  const contract = { address: home.contract, abi: collateralLedgerAbi } as const;
  const [state] = await home.reader.readContract({ ...contract, functionName: 'stateOf', args: [old.init.source] });
  const set = { address: old.init.attesterSet, abi: attesterSetAbi } as const;
  const stopped = await origin.reader.readContract({ ...set, functionName: 'stopped' });
  const recovering = await origin.reader.readContract({ ...set, functionName: 'inRecovery' });
  return [
    ...differing('the source’s vault', old.terms.vault, old.at),
    ...differing('the vault’s ledger', old.init.ledger, home.contract),
    ...differing('the source’s state (1 is LIVE)', state, 1),
    ...differing('the verifier is stopped', stopped, false),
    ...differing('the verifier is in recovery', recovering, false),
  ];
}

/** Checks that the created contracts are the planned ones. */
export function checkParts({ origin, old, next, source }: VaultPlan): CheckStep {
  return {
    kind: 'check',
    title: 'the new vault is this build’s code with the old one’s roles and verifier',
    target: origin,
    problems: async () => {
      const codes = await Promise.all(
        next.parts.map(async ({ address: at, code, part }) => {
          const deployed = (await origin.reader.getCode({ address: at })) ?? '0x';
          return isCodeOf(deployed, code) ? [] : [`${part} at ${at} holds other code than ${code.name} of this build`];
        }),
      );
      const contract = { address: next.vault, abi: collateralVaultAbi } as const;
      const seen = await readInit(origin.reader, next.vault);
      const modules = await origin.reader.readContract({ ...contract, functionName: 'modules' });
      const edge = await origin.reader.readContract({ ...contract, functionName: 'outboundEdge' });
      const back = await origin.reader.readContract({ ...contract, functionName: 'inboundEdge' });
      const wanted = { ...old.init, source };
      return [
        ...codes.flat(),
        ...Object.entries(wanted).flatMap(([name, value]) =>
          differing(name, (seen as unknown as Record<string, unknown>)[name], value),
        ),
        ...differing('its modules', modules.join(', ').toLowerCase(), next.modules.join(', ')),
        ...differing('its edge', edge, next.edgeId),
        ...differing('the edge back', back, next.returnEdgeId),
      ];
    },
  };
}

/** Checks that each witness reads the new vault and its source, before one of them is set. */
export function checkNewWitnesses(plan: VaultPlan): CheckStep {
  return {
    kind: 'check',
    title: 'each witness named reads the new vault and its source',
    target: plan.origin,
    problems: () => findUnfitPairs({ ...plan, vault: plan.next.vault }, plan.pairs),
  };
}

/** Ledger and vault say the same of the new source. */
export function checkBothSides(plan: VaultPlan): CheckStep {
  const { home, old, next, source, pairs } = plan;
  return {
    kind: 'check',
    title: 'both sides name the same edges, tokens, limits and witnesses, as the old vault has them',
    target: home,
    problems: async () => {
      const contract = { address: home.contract, abi: collateralLedgerAbi } as const;
      const [, edge, back] = await home.reader.readContract({ ...contract, functionName: 'sourceOf', args: [source] });
      const seen = await readNext(plan);
      const plainOf = (asset: VaultAssetFacts): string =>
        JSON.stringify({ ...asset, listed: { ...asset.listed, assetId: 0 } }, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
      const setAt = (ends: readonly WitnessFacts[]): string =>
        ends.map(({ slot, at, mayConflict }) => `${slot} ${at} mayConflict ${mayConflict}`).join() || 'none';
      const named = (side: 'atVault' | 'atLedger'): string =>
        setAt(pairEndsOf(pairs, side).toSorted((left, right) => left.slot - right.slot));
      return [
        ...differing('witnesses set at the new vault', setAt(seen.witnesses), named('atVault')),
        ...differing('witnesses set at the new source', setAt(seen.sourceWitnesses), named('atLedger')),
        ...differing('witnesses that must confirm at the new vault', seen.m, old.m),
        ...(await findUnfitPairs({ ...plan, vault: next.vault }, pairs)),
        ...differing('the edge at the ledger', edge, next.edgeId),
        ...differing('the edge back at the ledger', back, next.returnEdgeId),
        ...differing('tokens at the new vault', seen.assets.length, old.assets.length),
        // Once the old vault is closed for locks, its caps are no measure any more, and its weights fall for reasons of their own.
        ...(old.successor === next.vault
          ? []
          : findOtherTerms(plan, seen.terms).map((one) => `${one}; then run again`)),
        ...(old.successor === next.vault
          ? []
          : old.assets.flatMap((asset, at) => {
              const other = seen.assets[at];
              return other === undefined ? [] : differing(`asset ${asset.index}`, plainOf(other), plainOf(asset));
            })),
      ];
    },
  };
}

/**
 * Lists the terms by which the new source weighs otherwise than the old one, with the act that sets them: what moves would count for
 * more, or less, than before. One line at most.
 */
export function findOtherTerms({ old, source }: VaultPlan, seen: Omit<SourceTerms, 'source' | 'vault'>): string[] {
  const { initialBp, maintenanceBp } = old.terms;
  const found = [...WEIGHTS, ...LASTING].filter((name) => seen[name] !== old.terms[name]);
  if (found.length === 0) return [];
  const told = found.flatMap((name) => differing(`${name} of source ${source}`, seen[name], old.terms[name]));
  const next = LASTING.some((name) => found.includes(name))
    ? 'no act changes what is no weight, begin again with another --source'
    : `risk admin to lower, or governor → surety ledger set-source-weights --source ${source} --initial-bp ${initialBp} --maintenance-bp ${maintenanceBp}`;
  return [`${told.join(', ')}: ${next}`];
}

/** Terms of a source that an act changes, and those that stay as they were listed. */
const WEIGHTS = ['initialBp', 'maintenanceBp'] as const;
const LASTING = ['staleAfterMin', 'darkAfterMin', 'floorAfterMin', 'm', 'development'] as const;

/** Checks the deployment's floors with the new vault in its chain's place. */
export function checkAfter(plan: VaultPlan): CheckStep {
  return {
    kind: 'check',
    title: 'the floors of surety powers hold with the new vault',
    target: plan.home,
    problems: async () => plan.floors(await configEntry(plan, await readNext(plan))),
  };
}

/** Describes what people must do after the chains are done. */
export async function describeAfterwards(plan: VaultPlan): Promise<string[]> {
  const { origin, next } = plan;
  const seen = await readNext(plan);
  return [
    `the vault of ${origin.chain.name} for chains.config.json: ${JSON.stringify(await configEntry(plan, seen))}`,
    `each owner moves by itself: surety release --chain ${origin.chain.name} --asset <symbol> --amount all --recipient ${next.vault}`,
    'keep the old vault attested and relayed until nothing of it is left: a chain has one vault in a chains.config.json, so the two need one each',
    // They were the same until the successor was named.
    ...findOtherTerms(plan, seen.terms),
  ];
}

function readNext({ origin, home, next }: VaultPlan): Promise<VaultFacts> {
  return readVault({ reader: origin.reader, home: home.reader }, { vault: next.vault, ledger: home.contract });
}

async function configEntry(
  { origin, old, next, source, pairs }: VaultPlan,
  seen: VaultFacts,
): Promise<NonNullable<Network['chains'][number]['vault']>> {
  const code = (await origin.reader.getCode({ address: next.vault })) ?? '0x';
  const before = origin.chain.vault;
  return {
    address: next.vault,
    codeHash: bytes32(bytesToHex(keccak256(hexToBytes(code)))),
    source,
    // Its first block lies past the old vault's.
    fromBlock: before?.fromBlock ?? '0',
    attesterSet: old.init.attesterSet,
    // It locks in any vault of its chain.
    ...(before?.gateway === undefined ? {} : { gateway: before.gateway }),
    ...(pairs.length === 0 ? {} : { witnesses: [...pairs] }),
    ...(before?.policy === undefined ? {} : { policy: before.policy }),
    assets: (before?.assets ?? []).flatMap((asset) => {
      const found = seen.assets.find(({ token }) => token === asset.token.toLowerCase());
      return found === undefined ? [] : [{ ...asset, index: found.index, assetId: found.listed?.assetId ?? 0 }];
    }),
  };
}
