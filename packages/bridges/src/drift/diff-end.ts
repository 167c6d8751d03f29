import {
  isCodeOf,
  layerZeroWitnessAbi,
  layerZeroWitnessCode,
  wormholeWitnessAbi,
  wormholeWitnessCode,
} from '@surety/contracts';
import type { Hex } from '@surety/domain';
import type { PublicClient } from 'viem';
import type { ChainNumbers, Side, WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';
import { diffL1State } from './read-l1-state.js';
import { diffLayerZeroEnd } from './read-layer-zero.js';
import { diffWormholeEnd } from './read-wormhole.js';

type MessageWitness = Exclude<WitnessSpec, { readonly kind: 'state-proof' }>;

/**
 * Compares one end of a witness with the configuration: its code, its immutables, and the settings of the bridge's own
 * contracts on its chain.
 */
export async function diffEnd(
  source: WitnessedSource,
  { witness, side, reader }: { readonly witness: WitnessSpec; readonly side: Side; readonly reader: PublicClient },
): Promise<Difference[]> {
  const path = `witnesses[${witness.name}].${side}`;
  if (witness.kind === 'state-proof') {
    // Other kinds of state proof have no contract to compare.
    const end = witness[side];
    return side === 'atLedger' && end.hashSource.kind === 'l1-block' ? diffL1State(source, { path, end, reader }) : [];
  }
  const code = witness.kind === 'layerzero' ? layerZeroWitnessCode : wormholeWitnessCode;
  const deployed = (await reader.getCode({ address: witness[side].contract as Hex })) ?? '0x';
  if (!isCodeOf(deployed, code))
    return differ(`${path}.contract`, deployed === '0x' ? 'no code' : 'other code', code.name);
  const built = await diffBuilt(reader, { path, contract: witness[side].contract }, builtWith(source, witness, side));
  const isVault = side === 'atVault';
  const [own, other] = isVault ? [source.vaultIds, source.ledgerIds] : [source.ledgerIds, source.vaultIds];
  const settings =
    witness.kind === 'layerzero'
      ? await diffLayerZeroEnd(reader, { path, end: witness[side], remoteEid: numberOf(other, 'layerZeroEid') })
      : await diffWormholeEnd(reader, {
          path,
          end: witness[side],
          ownChain: numberOf(own, 'wormholeChainId'),
          witness,
        });
  return [...built, ...settings];
}

/** Reads the end's immutables by the names of its views. */
function builtWith(
  source: WitnessedSource,
  witness: MessageWitness,
  side: Side,
): Readonly<Record<string, string | number>> {
  const isVault = side === 'atVault';
  const other = isVault ? source.ledgerIds : source.vaultIds;
  const journal = {
    journal: isVault ? source.vault : source.ledger,
    ledgerSource: isVault ? 0 : source.source,
    peer: padded(witness[side].peer),
  };
  return witness.kind === 'layerzero'
    ? { ...journal, endpoint: witness[side].endpoint, peerEid: numberOf(other, 'layerZeroEid') }
    : {
        ...journal,
        core: witness[side].core,
        peerChain: numberOf(other, 'wormholeChainId'),
        CONSISTENCY_FINALIZED: witness[side].consistencyLevel,
      };
}

async function diffBuilt(
  reader: PublicClient,
  { path, contract }: { readonly path: string; readonly contract: string },
  wanted: Readonly<Record<string, string | number>>,
): Promise<Difference[]> {
  const found = await Promise.all(
    Object.entries(wanted).map(async ([view, expected]) => {
      const seen = await answerOf(
        reader.readContract({
          address: contract as Hex,
          abi: [...layerZeroWitnessAbi, ...wormholeWitnessAbi],
          functionName: view as 'journal',
        }),
      );
      return differ(`${path}.${view}`, seen, expected);
    }),
  );
  return found.flat();
}

/** 0 if the configuration has no number: no bridge uses it for a chain. */
function numberOf(ids: ChainNumbers, field: keyof ChainNumbers): number {
  return ids[field] ?? 0;
}

function padded(peer: string | undefined): string {
  return `0x${'0'.repeat(24)}${(peer ?? `0x${'0'.repeat(40)}`).slice(2)}`;
}
