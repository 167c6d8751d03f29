import { AppError } from '@surety/domain';
import type { Comparison, DriftPart } from '@surety/workflows';
import { BaseError, type PublicClient } from 'viem';
import type { Side, WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { diffAssets } from './diff-assets.js';
import { diffEnd } from './diff-end.js';
import { diffPlace, diffPolicy } from './diff-policy.js';
import type { Difference } from './differ.js';

/** A client for each side of a source. */
export type SideReaders = Readonly<Record<Side, PublicClient>>;

/** Witness slots of a source. @source LedgerStorage.WITNESSES_MAX */
const SLOTS = [0, 1, 2, 3];

/** One part of the comparison, read and reported separately. */
interface Section {
  readonly path: string;
  readonly part: DriftPart;
  read(): Promise<Difference[]>;
}

/**
 * Compares with the configuration everything that determines how much a source's witnesses can be trusted: the witness
 * in each slot at vault and ledger, the number of confirmations, the immutables of each end, the settings of the
 * bridges' own contracts, and the caps. Empty if both agree. Parts that no provider answered for are reported as
 * unread, which is no agreement.
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

/** Our own error's message where viem wraps one; of other errors the first line, since viem appends the request. */
function detailOf(reason: unknown): string {
  const own = reason instanceof BaseError ? reason.walk((inner) => inner instanceof AppError) : null;
  const told = own ?? reason;
  return (told instanceof Error ? told.message : String(told)).split('\n')[0] ?? '';
}
