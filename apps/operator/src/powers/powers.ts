import { POWERS, SLOW_ACTS } from '@surety/contracts';
import type { Address } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatTable, formatTime, formatUnits, formatWad } from '../terminal/format.js';
import { openAgreedReaders } from '../chains/open-agreed.js';
import { openConfig, requireSettlement } from '../chains/open-config.js';
import { type Breach, checkFloors } from './check-floors.js';
import { formatPowers } from './format-powers.js';
import { type Loss, planLosses } from './plan-losses.js';
import type { DeploymentFacts, Hand, LedgerPart, PowerSource, PlaceFacts, Role } from './power-facts.js';
import { readDeployment } from './read-deployment.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety powers`. */
export interface PowersOptions extends OutputOptions {
  /** Also prints the cost of each stolen key. */
  readonly losses?: boolean;
}

/** One power: its effect, its contract, its holder, and its delay. */
export interface PowerRow {
  readonly chain: string;
  readonly contract: string;
  readonly act: string;
  readonly does: string;
  readonly role: Role;
  readonly at: Address;
  /** The addresses that decide in the end. */
  readonly holders: readonly Address[];
  /** Seconds between the decision and its effect. */
  readonly delayS: number;
}

const SLOW_S = 7 * 86_400;
const SLOW_NAMES = new Set(SLOW_ACTS.map((act) => act.slice(0, act.indexOf('('))));

/**
 * Prints every power of a live deployment with its holder and delay. Fails for a deployment that breaks a floor; warns
 * instead if both its ledger and the configuration say that it is for development.
 */
export async function powers(terminal: Terminal, options: PowersOptions): Promise<void> {
  const config = openConfig(terminal);
  const { settlement } = requireSettlement(config.network);
  const facts = await readDeployment(config.network, settlement, openAgreedReaders(config));
  const breaches = checkFloors(facts);
  const rows = facts.places.flatMap(listPowers);
  const losses = options.losses === true ? planLosses(facts) : undefined;
  const development = facts.development && config.network.profile === 'development';
  const ok = breaches.length === 0;
  writeResult(
    terminal,
    options,
    {
      ok,
      development,
      powers: rows,
      hands: listHands(facts),
      breaches,
      parts: facts.parts,
      unnamed: facts.sources.filter(({ unnamed }) => unnamed !== undefined),
      ...(losses === undefined ? {} : { losses }),
    },
    () => describe(facts, rows, breaches, losses),
  );
  if (ok) return;
  if (development) {
    terminal.tell(
      `warning: a development deployment; ${breaches.length} floors are broken, so no real money belongs here`,
    );
    return;
  }
  const [first] = breaches as [Breach, ...Breach[]];
  throw operatorError(
    'UNHEALTHY',
    `${breaches.length} floors are broken; first ${first.rule} (${first.where}): seen ${first.seen}; expected ${first.expected}; ${first.next}`,
  );
}

/** Every act of every role at the contracts of one chain. */
function listPowers(place: PlaceFacts): PowerRow[] {
  return place.contracts.flatMap(({ name, named }) =>
    Object.entries(POWERS[name] ?? {}).flatMap(([act, { by, does }]) =>
      by.flatMap((caller): PowerRow[] => {
        const at = named[caller as Role];
        if (at === undefined || does === undefined) return [];
        const hand = place.hands.get(at);
        return [
          {
            chain: place.name,
            contract: name,
            act,
            does,
            role: caller as Role,
            at,
            holders: holdersOf(hand, at),
            delayS: delayOf(hand, act),
          },
        ];
      }),
    ),
  );
}

function holdersOf(hand: Hand | undefined, at: Address): readonly Address[] {
  if (hand?.kind === 'timelock') return hand.proposers;
  return hand?.kind === 'role-holder' ? [hand.holder] : [at];
}

function delayOf(hand: Hand | undefined, act: string): number {
  if (hand?.kind !== 'timelock') return 0;
  const slow = SLOW_NAMES.has(act) && !hand.hasty.some((kind) => kind.startsWith(`${act}(`));
  return slow ? Math.max(SLOW_S, hand.delayS) : hand.delayS;
}

function listHands({ places }: DeploymentFacts): object[] {
  return places.flatMap(({ name, hands }) => [...hands.values()].map((hand) => ({ chain: name, ...hand })));
}

function describe(
  { places, parts, sources }: DeploymentFacts,
  rows: readonly PowerRow[],
  breaches: readonly Breach[],
  losses: readonly Loss[] | undefined,
): string[] {
  const hands = places.flatMap(({ name, hands: at }) =>
    [...at.values()].map((hand) => `${name}: ${describeHand(hand)}`),
  );
  const broken = breaches.map(
    ({ rule, where, seen, expected, next }) =>
      `broken ${rule} at ${where}: seen ${seen}; expected ${expected}; ${next}`,
  );
  return [
    ...formatPowers(rows),
    '',
    ...hands,
    '',
    ...parts.map(describePart),
    ...sources.filter(({ unnamed }) => unnamed !== undefined).map(describeUnnamed),
    '',
    ...(broken.length === 0 ? ['every floor holds'] : broken),
    ...(losses === undefined ? [] : ['', ...describeLosses(losses)]),
  ];
}

function describePart({ part, live, isOfThisBuild, next }: LedgerPart): string {
  const may = part === 'auction' ? 'it alone may seize' : 'it values every line';
  const code = isOfThisBuild ? '' : ', of other code than this build’s';
  const now = BigInt(live) === 0n ? `the ledger has no ${part}` : `the ledger’s ${part} is ${live}${code}: ${may}`;
  if (next === undefined) return now;
  const then =
    part === 'auction'
      ? `${next.at} takes its place ${formatTime(next.from)}`
      : `anyone may adopt ${next.at} in its place from ${formatTime(next.from)} on`;
  return `${now}; on its way, past the timelock: ${then}`;
}

function describeUnnamed({ source, unnamed, m, assets }: PowerSource): string {
  const listed = assets.map(({ symbol, cap, decimals }) => `${symbol} up to ${formatUnits(cap, decimals)}`).join(', ');
  return `source ${source}, the vault ${unnamed}, has assets at the ledger that no chain of chains.config.json names: ${listed}; ${m} witnesses confirm it`;
}

function describeHand(hand: Hand): string {
  if (hand.kind === 'key') return `${hand.at} is a single key`;
  if (hand.kind === 'contract') return `${hand.at} is a contract this build does not know`;
  if (hand.kind === 'role-holder') {
    const { at, role, holder, proposal } = hand;
    const next =
      proposal === undefined
        ? ''
        : `; ${proposal.to} may take over until ${formatTime(proposal.until)}, named by the ${proposal.byGovernor ? 'governor' : 'holder'}`;
    return `${at} keeps the role ${role}, held by ${holder}${next}`;
  }
  const { at, delayS, proposers, cancellers, executors, pending } = hand;
  const anyone = executors.some((executor) => BigInt(executor) === 0n);
  const waits = pending.map(
    ({ id, readyAt, expiresAt }) => `; ${id} is ready ${formatTime(readyAt)}, void ${formatTime(expiresAt)}`,
  );
  return `${at} is a timelock of ${delayS / 3600} h, proposed to by ${proposers.join(' ')}, cancelled by ${cancellers.join(' ')}, executed by ${anyone ? 'anyone' : executors.join(' ')}; ${pending.length} operations pending${waits.join('')}`;
}

function describeLosses(losses: readonly Loss[]): string[] {
  return formatTable([
    ['stolen keys', 'in an hour', 'in a day', 'in 7 days', 'and'],
    ...losses.map(({ keys, hourWad, dayWad, weekWad, also }) => [
      keys,
      formatWad(hourWad),
      formatWad(dayWad),
      formatWad(weekWad),
      also,
    ]),
  ]);
}
