import {
  collateralLedgerAbi,
  collateralVaultAbi,
  isCodeOf,
  layerZeroWitnessAbi,
  layerZeroWitnessCode,
  wormholeWitnessAbi,
  wormholeWitnessCode,
} from '@surety/contracts';
import type { Hex } from '@surety/domain';
import type { PublicClient } from 'viem';
import { differ } from './differ.js';
import { diffLayerZeroEnd } from './read-layer-zero.js';
import { diffWormholeEnd } from './read-wormhole.js';
import type { ChainNumbers, Drift, Side, WitnessSpec, WitnessedSource } from './witness-spec.js';

/** A reader for each side of a source. */
export type SideReaders = Readonly<Record<Side, PublicClient>>;

/**
 * Compares everything that decides what a source's witnesses are worth with the configuration: who stands in which place at vault and
 * ledger, how many must confirm, what each end was built with, and what the bridges' own contracts are set to. Empty if both agree.
 */
export async function diffWitnesses(source: WitnessedSource, readers: SideReaders): Promise<Drift[]> {
  const ends = await Promise.all(
    source.witnesses.flatMap((witness) =>
      (['atVault', 'atLedger'] as const).map((side) => diffEnd(source, witness, side, readers[side])),
    ),
  );
  return [...(await diffPlaces(source, readers)), ...ends.flat()];
}

/** Who is listened to, and how many of them must agree. */
async function diffPlaces(source: WitnessedSource, readers: SideReaders): Promise<Drift[]> {
  const vault = { address: source.vault, abi: collateralVaultAbi } as const;
  const ledger = { address: source.ledger, abi: collateralLedgerAbi } as const;
  const [m] = await readers.atVault.readContract({ ...vault, functionName: 'witnessPolicy' });
  const [terms] = await readers.atLedger.readContract({ ...ledger, functionName: 'sourceOf', args: [source.source] });
  const places = await Promise.all(
    [0, 1, 2, 3].map(async (slot): Promise<Drift[]> => {
      const wanted = source.witnesses.find((witness) => witness.slot === slot);
      const path = `witnesses[${wanted?.name ?? `slot ${slot}`}]`;
      const [near] = await readers.atVault.readContract({ ...vault, functionName: 'witnessOf', args: [slot] });
      const [far, conflicts] = await readers.atLedger.readContract({
        ...ledger,
        functionName: 'witnessOf',
        args: [source.source, slot],
      });
      if (wanted === undefined)
        return [...differ(`${path}.atVault`, near.at, NOBODY), ...differ(`${path}.atLedger`, far, NOBODY)];
      return [
        ...differ(`${path}.atVault.contract`, near.at, wanted.atVault.contract),
        ...differ(`${path}.atVault.mayConflict`, near.conflicts, wanted.mayConflict),
        ...differ(`${path}.atLedger.contract`, far, wanted.atLedger.contract),
        ...differ(`${path}.atLedger.mayConflict`, conflicts, wanted.mayConflict),
      ];
    }),
  );
  if (source.m === undefined) return places.flat();
  return [
    ...differ('policy.m at the vault', m, source.m),
    ...differ('policy.m at the ledger', terms.m, source.m),
    ...places.flat(),
  ];
}

const NOBODY = `0x${'0'.repeat(40)}`;

async function diffEnd(
  source: WitnessedSource,
  witness: WitnessSpec,
  side: Side,
  reader: PublicClient,
): Promise<Drift[]> {
  if (witness.kind === 'state-proof') return [];
  const path = `witnesses[${witness.name}].${side}`;
  const isVault = side === 'atVault';
  const [own, other] = isVault ? [source.vaultIds, source.ledgerIds] : [source.ledgerIds, source.vaultIds];
  const code = witness.kind === 'layerzero' ? layerZeroWitnessCode : wormholeWitnessCode;
  const deployed = (await reader.getCode({ address: witness[side].contract as Hex })) ?? '0x';
  if (!isCodeOf(deployed, code))
    return differ(`${path}.contract`, deployed === '0x' ? 'no code' : 'other code', code.name);
  const built = {
    journal: isVault ? source.vault : source.ledger,
    ledgerSource: isVault ? 0 : source.source,
  };
  return witness.kind === 'layerzero'
    ? [
        ...(await diffBuilt(
          reader,
          layerZeroWitnessAbi,
          { path, contract: witness[side].contract },
          {
            ...built,
            endpoint: witness[side].endpoint,
            peerEid: numberOf(other, 'layerZeroEid'),
            peer: padded(witness[side].peer),
          },
        )),
        ...(await diffLayerZeroEnd(reader, {
          path,
          end: witness[side],
          remoteEid: numberOf(other, 'layerZeroEid'),
        })),
      ]
    : [
        ...(await diffBuilt(
          reader,
          wormholeWitnessAbi,
          { path, contract: witness[side].contract },
          {
            ...built,
            core: witness[side].core,
            peerChain: numberOf(other, 'wormholeChainId'),
            peer: padded(witness[side].peer),
            CONSISTENCY_FINALIZED: witness[side].consistencyLevel,
          },
        )),
        ...(await diffWormholeEnd(reader, {
          path,
          end: witness[side],
          ownChain: numberOf(own, 'wormholeChainId'),
          guardianSet: witness.guardianSet,
        })),
      ];
}

/** What an end was built with, by the names of its own views. */
async function diffBuilt(
  reader: PublicClient,
  abi: typeof layerZeroWitnessAbi | typeof wormholeWitnessAbi,
  { path, contract }: { readonly path: string; readonly contract: string },
  wanted: Readonly<Record<string, string | number>>,
): Promise<Drift[]> {
  const found = await Promise.all(
    Object.entries(wanted).map(async ([view, expected]) => {
      const seen = await reader.readContract({
        address: contract as Hex,
        abi: [...abi],
        functionName: view as 'journal',
      });
      return differ(`${path}.${view}`, seen, expected);
    }),
  );
  return found.flat();
}

/** 0 where the configuration has no number: no chain of a bridge has it. */
function numberOf(ids: ChainNumbers, field: keyof ChainNumbers): number {
  return ids[field] ?? 0;
}

function padded(peer: string | undefined): string {
  return `0x${'0'.repeat(24)}${(peer ?? NOBODY).slice(2)}`;
}
