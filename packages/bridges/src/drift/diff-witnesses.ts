import { AppError } from '@surety/domain';
import type { Comparison, DriftPart } from '@surety/workflows';
import { BaseError, type PublicClient } from 'viem';
import type { Side, WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { diffAssets } from './diff-assets.js';
import { diffEnd } from './diff-end.js';
import { diffPlace, diffPolicy } from './diff-policy.js';
import type { Difference } from './differ.js';

/** A reader for each side of a source. */
export type SideReaders = Readonly<Record<Side, PublicClient>>;

/** Places for witnesses at a source. @source LedgerStorage.WITNESSES_MAX */
const SLOTS = [0, 1, 2, 3];

/** One part of what is compared; it is read and told by itself. */
interface Section {
  readonly path: string;
  readonly part: DriftPart;
  read(): Promise<Difference[]>;
}

/**
 * Compares everything that decides what a source's witnesses are worth with the configuration: who stands in which place at vault and
 * ledger, how many must confirm, what each end was built with, what the bridges' own contracts are set to, and the caps. Empty if both
 * agree; what no chain answers for is told as unread and is no agreement.
 */
export async function diffWitnesses(source: WitnessedSource, readers: SideReaders): Promise<Comparison> {
  const sections = sectionsOf(source, readers);
  const settled = await Promise.allSettled(sections.map((section) => section.read()));
  const at = sections.map((section, index) => [section, settled[index] as PromiseSettledResult<Difference[]>] as const);
  return {
    drift: at.flatMap(([{ part }, one]) =>
      one.status === 'fulfilled' ? one.value.map((difference) => ({ ...difference, part })) : [],
    ),
    unread: at.flatMap(([{ path, part }, one]) =>
      one.status === 'fulfilled' ? [] : [{ path, part, detail: detailOf(one.reason) }],
    ),
  };
}

function sectionsOf(source: WitnessedSource, readers: SideReaders): Section[] {
  const partOf = (witness: WitnessSpec | undefined): DriftPart =>
    witness === undefined ? { kind: 'policy' } : { kind: 'witness', name: witness.name };
  const places = SLOTS.flatMap((slot) => {
    const wanted = source.witnesses.find((witness) => witness.slot === slot);
    const path = `witnesses[${wanted?.name ?? `slot ${slot}`}]`;
    return SIDES.map((side): Section => ({
      path: `${path}.${side}`,
      part: partOf(wanted),
      read: () => diffPlace(source, { slot, side, path: `${path}.${side}`, wanted, reader: readers[side] }),
    }));
  });
  const ends = source.witnesses.flatMap((witness) =>
    SIDES.map((side): Section => ({
      path: `witnesses[${witness.name}].${side}`,
      part: partOf(witness),
      read: () => diffEnd(source, { witness, side, reader: readers[side] }),
    })),
  );
  return [
    { path: 'policy', part: { kind: 'policy' }, read: () => diffPolicy(source, readers) },
    ...places,
    ...ends,
    { path: 'assets', part: { kind: 'assets' }, read: () => diffAssets(source, readers) },
  ];
}

const SIDES = ['atVault', 'atLedger'] as const;

/** Our own reason where viem wraps one; of others the first line alone, since viem's messages go on with the request. */
function detailOf(reason: unknown): string {
  const own = reason instanceof BaseError ? reason.walk((inner) => inner instanceof AppError) : null;
  const told = own ?? reason;
  return (told instanceof Error ? told.message : String(told)).split('\n')[0] ?? '';
}
