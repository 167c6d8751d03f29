import { type Address, mulDivDown, quorumOf } from '@surety/domain';
import type { AttesterFacts, DeploymentFacts, Hand, LedgerPart, PlaceFacts, Role, SourceFacts } from './power-facts.js';

/** One broken floor: the value seen, the protocol's floor, and the fix. */
export interface Breach {
  readonly rule: string;
  readonly where: string;
  readonly seen: string;
  readonly expected: string;
  readonly next: string;
}

/** Least delay of the governor in seconds. @source PROTOCOL section 8 */
const DELAY_FLOOR_S = 48 * 3600;
/** Fewest and most members of an attester set. @source PROTOCOL section 5 */
const MEMBERS = { least: 4, most: 31 } as const;
/** Most that an asset weighs, in basis points. @source ILedgerTerms.setWeights */
const WEIGHT_MAX = { initialBp: 9_500, maintenanceBp: 9_800 } as const;

/** Lists every floor that a deployment breaks, chain by chain; none for one that may hold other people's money. */
export function checkFloors(facts: DeploymentFacts): Breach[] {
  return [
    ...floor(facts.development, 'ledger-is-production', 'ledger', {
      seen: 'development = true',
      expected: 'a ledger that was built with development = false',
      next: 'deploy a production ledger; this flag never changes',
    }),
    ...facts.places.flatMap((place) => [
      ...checkGovernors(place),
      ...checkHolders(place),
      ...checkHands(place),
      ...checkAttesters(place.attesters, place.name),
    ]),
    ...facts.sources.flatMap(checkSource),
    ...facts.parts.flatMap(checkPart),
  ];
}

/** The governor of each contract is the chain's one timelock, with its floors. */
function checkGovernors(place: PlaceFacts): Breach[] {
  const governors = governorsOf(place);
  return [
    ...floor(governors.size > 1, 'one-governor', place.name, {
      seen: [...governors].join(', '),
      expected: 'one governor for all contracts of a chain',
      next: 'deploy the contracts that name another one anew',
    }),
    ...[...governors].flatMap((at) => checkGovernor(place, at)),
  ];
}

function checkGovernor(place: PlaceFacts, at: Address): Breach[] {
  const where = `governor of ${place.name}`;
  const hand = place.hands.get(at);
  if (hand?.kind !== 'timelock') {
    return [
      breach('governor-is-a-timelock', where, {
        seen: `${at}, ${describe(hand)}`,
        expected: 'a SuretyTimelock as this build compiles it',
        next: 'deploy with "timelock" in the plan; contracts name their governor for ever',
      }),
    ];
  }
  const guardian = place.contracts.flatMap(({ named }) => named.guardian ?? [])[0];
  const both = hand.proposers.filter((proposer) => hand.cancellers.includes(proposer));
  return [
    ...floor(hand.delayS < DELAY_FLOOR_S, 'delay-at-least-48-hours', where, {
      seen: `${hand.delayS} s`,
      expected: `${DELAY_FLOOR_S} s or more`,
      next: 'schedule updateDelay at the timelock',
    }),
    ...floor(hand.hasty.length > 0, 'parts-wait-7-days', where, {
      seen: `${hand.hasty.join(', ')} can be scheduled with ${hand.delayS} s`,
      expected: '604800 s for each',
      next: 'schedule addSlowKind for each at the timelock',
    }),
    ...floor(guardian !== undefined && !hand.cancellers.includes(guardian), 'guardian-cancels', where, {
      seen: `cancellers ${hand.cancellers.join(', ') || 'none'}`,
      expected: `the guardian ${guardian} among them`,
      next: 'schedule grantRole(CANCELLER_ROLE, guardian) at the timelock',
    }),
    ...floor(both.length > 0, 'proposers-do-not-cancel', where, {
      seen: `${both.join(', ')} propose and cancel`,
      expected: 'no address that does both',
      next: 'schedule revokeRole for one of the two',
    }),
  ];
}

/** Guardian, pauser and risk admin are addresses that outlive their holders, under the chain's own governor. */
function checkHolders(place: PlaceFacts): Breach[] {
  const governors = governorsOf(place);
  return namedBy(place)
    .filter(([role]) => role !== 'governor')
    .flatMap(([role, at]) => {
      const where = `${role} of ${place.name}`;
      const hand = place.hands.get(at);
      if (hand?.kind !== 'role-holder') {
        return [
          breach('role-can-change-hands', where, {
            seen: `${at}, ${describe(hand)}`,
            expected: 'a RoleHolder as this build compiles it',
            next: 'deploy with "timelock" in the plan; a lost or stolen key could never be replaced here',
          }),
        ];
      }
      return [
        ...floor(hand.role !== role, 'role-by-its-name', where, {
          seen: `a RoleHolder of ${hand.role}`,
          expected: `one of ${role}`,
          next: 'deploy the contracts that name it anew',
        }),
        ...floor(!governors.has(hand.governor), 'successors-wait', where, {
          seen: `successors are appointed by ${hand.governor}`,
          expected: `the governor of this chain, ${[...governors].join(', ')}`,
          next: 'deploy the contracts that name it anew',
        }),
      ];
    });
}

/**
 * Two roles in one hand are one: no address that proposes, guards, pauses, tightens or attests may have another of these roles.
 */
function checkHands(place: PlaceFacts): Breach[] {
  const hands = new Map<Address, Set<string>>();
  const note = (at: Address, what: string): void => void hands.set(at, (hands.get(at) ?? new Set()).add(what));
  for (const [role, at] of namedBy(place)) {
    const hand = place.hands.get(at);
    if (hand?.kind === 'timelock') for (const proposer of hand.proposers) note(proposer, 'governor');
    else if (hand?.kind === 'role-holder') {
      note(hand.holder, role);
      if (hand.proposal !== undefined) note(hand.proposal.to, `${role} to be`);
    } else note(at, role);
  }
  for (const member of place.attesters.members) note(member, 'attester');
  return [...hands]
    .filter(([, roles]) => roles.size > 1)
    .map(([at, roles]) =>
      breach('one-hand-for-each-role', place.name, {
        seen: `${at} is ${[...roles].join(' and ')}`,
        expected: 'another address for each',
        next: 'hand one of them over: propose a successor, who accepts',
      }),
    );
}

function checkAttesters({ at, epoch, members, k, suspended, expires }: AttesterFacts, name: string): Breach[] {
  const where = `attester set ${at} of ${name}`;
  const n = members.length;
  const isInRange = n >= MEMBERS.least && n <= MEMBERS.most;
  return [
    ...floor(!isInRange, 'n-in-range', where, {
      seen: `${n} members`,
      expected: `${MEMBERS.least} to ${MEMBERS.most}`,
      next: 'rotate to a larger set',
    }),
    // Outside of the range there is no such floor.
    ...(isInRange
      ? floor(k < quorumOf(n), 'k-at-least-its-floor', where, {
          seen: `k = ${k} of ${n}`,
          expected: `${quorumOf(n)} or more`,
          next: 'these are not the contracts of this build: deploy them anew',
        })
      : []),
    ...floor(n - suspended < k, 'quorum-can-sign', where, {
      seen: `${n - suspended} of ${n} members are not suspended in epoch ${epoch} (expires ${expires})`,
      expected: `${k} or more`,
      next: 'recover with governor and guardian',
    }),
  ];
}

function checkSource({ source, chainName, m, development, assets }: DeploymentFacts['sources'][number]): Breach[] {
  const where = `source ${source} (${chainName})`;
  return [
    // Source 0 is read, not attested: there is nothing to witness.
    ...floor(m === 0 && source !== 0, 'witnesses', where, {
      seen: `m = 0${development ? ', listed as a development source' : ''}`,
      expected: 'm of at least 1',
      next: 'list witnesses for the source; until then nothing but the caps bounds k attesters',
    }),
    ...assets.flatMap((asset) => checkAsset(asset, where)),
  ];
}

/** Whoever replaced a part of the ledger prices everything, or takes from every account. */
function checkPart({ part, live, named, isOfThisBuild }: LedgerPart): Breach[] {
  const where = `${part} of the ledger`;
  // Until the first auction is set, nobody seizes.
  if (BigInt(live) === 0n) return [];
  return [
    ...floor(named !== undefined && named !== live, 'ledger-parts-of-the-file', where, {
      seen: live,
      expected: `${named} of chains.config.json`,
      next: 'if its governor replaced it on purpose, write it into every chains.config.json; otherwise act as for a stolen governor',
    }),
    // One that the file names was deployed by some release, which need not be this one.
    ...floor(named === undefined && !isOfThisBuild, 'ledger-parts-of-this-build', where, {
      seen: `other code at ${live}`,
      expected: 'one of chains.config.json, or code as this build compiles it',
      next: 'compare it with the release that was deployed, and write it into every chains.config.json; if nobody knows it, act as for a stolen governor',
    }),
  ];
}

function checkAsset(asset: SourceFacts['assets'][number], where: string): Breach[] {
  const { symbol, initialBp, maintenanceBp, cap, limit } = asset;
  return [
    ...floor(
      initialBp > WEIGHT_MAX.initialBp || maintenanceBp > WEIGHT_MAX.maintenanceBp,
      'weights-below-their-maximum',
      `${symbol} of ${where}`,
      {
        seen: `${initialBp} and ${maintenanceBp} basis points`,
        expected: `at most ${WEIGHT_MAX.initialBp} and ${WEIGHT_MAX.maintenanceBp}`,
        next: 'lower them: the risk admin may at once',
      },
    ),
    ...floor(limit > cap * 4n && cap > 0n, 'limit-bounds-the-loss', `${symbol} of ${where}`, {
      seen: `a burst of ${mulDivDown(limit, 1n, 4n)} units`,
      expected: `less than the cap of ${cap} units`,
      next: 'lower the payment limit at the vault',
    }),
  ];
}

function governorsOf(place: PlaceFacts): ReadonlySet<Address> {
  return new Set(place.contracts.flatMap(({ named }) => (named.governor === undefined ? [] : named.governor)));
}

/** Every role and address that the chain's contracts name, each once. */
function namedBy(place: PlaceFacts): (readonly [Role, Address])[] {
  const seen = new Map<string, readonly [Role, Address]>();
  for (const { named } of place.contracts) {
    for (const [role, at] of Object.entries(named) as [Role, Address][]) seen.set(`${role} ${at}`, [role, at]);
  }
  return [...seen.values()];
}

function describe(hand: Hand | undefined): string {
  if (hand === undefined || hand.kind === 'contract') return 'a contract this build does not know';
  return { key: 'a single key', timelock: 'a timelock', 'role-holder': 'a role holder' }[hand.kind];
}

function breach(rule: string, where: string, what: Omit<Breach, 'rule' | 'where'>): Breach {
  return { rule, where, ...what };
}

/** Nothing where a floor holds. */
function floor(isBroken: boolean, rule: string, where: string, what: Omit<Breach, 'rule' | 'where'>): Breach[] {
  return isBroken ? [breach(rule, where, what)] : [];
}
