import {
  collateralLedgerAbi,
  create2Address,
  isCodeOf,
  keccak256,
  readOperations,
  riskManagerAbi,
  riskManagerCode,
} from '@surety/contracts';
import { type Address, type Bytes32, type Hex, address, bytesToHex, hexToBytes } from '@surety/domain';
import { encodeDeployData } from 'viem';
import { selectorOf } from '../acts/act-spec.js';
import { findRoute } from '../acts/find-route.js';
import type { ActTarget } from '../acts/find-target.js';
import { comparePrices, compareWorth } from './compare-risk-managers.js';
import type { ActStep, CheckStep, Migration } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import {
  type SlotFacts,
  findSlots,
  readFeed,
  readMargins,
  readSlots,
  readWeighing,
  readWorth,
} from './read-risk-manager.js';
import type { Reach } from '../chains/open-config.js';
import { formatTime } from '../terminal/format.js';

/** The change of a ledger's risk manager to another one of this build's code. */
export interface RiskManagerRequest {
  readonly config: Reach;
  /** The ledger. */
  readonly home: ActTarget;
  /** Part of the new one's address. */
  readonly salt: Bytes32;
  /** Accounts whose margins are compared, besides a line of each asset. */
  readonly accounts: readonly Bytes32[];
  /** Lists the floors that the deployment breaks with a risk manager in the configured one's place. */
  readonly floors: (manager: Address) => Promise<readonly string[]>;
}

/** Assets that one transaction checks: about 20,000 gas each. */
const ASSETS_AT_ONCE = 500;

interface RiskManagerPlan extends RiskManagerRequest {
  readonly old: Address;
  readonly next: Address;
  readonly governor: Address;
  /** As the old one lists them. */
  readonly slots: readonly SlotFacts[];
}

/**
 * Plans the change to another risk manager. The new one takes the present one's governor, feeds and ages; its prices are
 * compared with the present one's; only then the ledger is given its name. Seven days later it is adopted, with prices that are
 * not stale. Until then the present one weighs.
 */
export async function planRiskManager(request: RiskManagerRequest): Promise<Migration> {
  const { home, salt, config } = request;
  const settlement = config.network.settlement as NonNullable<Reach['network']['settlement']>;
  const { present } = await readWeighing(home);
  const governor = await readGovernor(home, present);
  const bytecode = riskManagerCode.creation as Hex;
  const initCode = encodeDeployData({ abi: riskManagerAbi, bytecode, args: [governor] });
  const next = create2Address({ salt, initCode });
  // Once the new one weighs, what it followed is what the configuration still names.
  const old = present === next ? address(settlement.riskManager.toLowerCase()) : present;
  const slots = await readSlots(home.reader, old, await findSlots(home, old, settlement));
  const plan: RiskManagerPlan = { ...request, old, next, governor, slots };
  return {
    title: `the risk manager ${old} to ${next}`,
    steps: [
      checkBefore(plan),
      { kind: 'create', title: 'risk-manager', target: home, address: next, salt, initCode },
      checkCode(plan),
      ...slots.map((slot) => listingStep(plan, slot)),
      ...(slots.length === 0 ? [] : [pokeOld(plan), pokeNext(plan)]),
      checkPrices(plan),
      namingStep(plan),
      {
        kind: 'wait',
        title: 'the new risk manager may be adopted',
        target: home,
        until: async () => (await readWeighing(home)).named?.at ?? 0n,
      },
      ...(slots.length === 0 ? [] : [freshenStep(plan)]),
      adoptStep(plan),
      checkAfter(plan),
    ],
    afterwards: () => describeAfterwards(plan),
  };
}

async function readGovernor({ reader }: ActTarget, manager: Address): Promise<Address> {
  const contract = { address: manager, abi: riskManagerAbi } as const;
  return address((await reader.readContract({ ...contract, functionName: 'governor' })).toLowerCase());
}

/** True if the new one weighs, or is named at the ledger. */
async function isNamed({ home, next }: RiskManagerPlan): Promise<boolean> {
  const { present, named } = await readWeighing(home);
  return named === undefined ? present === next : named.next === next;
}

async function isWeighing({ home, next }: RiskManagerPlan): Promise<boolean> {
  return (await readWeighing(home)).present === next;
}

function checkBefore(plan: RiskManagerPlan): CheckStep {
  const { home, config, governor } = plan;
  return {
    kind: 'check',
    title: 'the configuration names the ledger’s risk manager, and no other one is to follow',
    target: home,
    isPast: () => isWeighing(plan),
    problems: async () => {
      const { present } = await readWeighing(home);
      const ledger = { address: home.contract, abi: collateralLedgerAbi } as const;
      const governs = await home.reader.readContract({ ...ledger, functionName: 'governor' });
      return [
        ...differing('settlement.riskManager of chains.config.json', config.network.settlement?.riskManager, present),
        ...differing('the governor of the risk manager', governor, governs),
        ...(await findOthers(plan)),
      ];
    },
  };
}

/** Lists other risk managers that the ledger, or the governor's timelock, is to bring. */
async function findOthers(plan: RiskManagerPlan): Promise<string[]> {
  const { home, next } = plan;
  const { present, named } = await readWeighing(home);
  const isOther = named !== undefined && named.next !== next && named.next !== present;
  const told = isOther
    ? [
        `${named.next} may be adopted from ${formatTime(named.at)} on; expected nobody, or ${next}: adopt it, or name ${present} again first`,
      ]
    : [];
  const { spec, call } = namingStep(plan);
  const route = await findRoute(spec, home, undefined);
  if (route.kind !== 'timelock') return told;
  const selector = selectorOf(spec);
  const pending = await readOperations(home.reader, route.at, home.chain);
  const others = pending.filter(({ content }) =>
    content?.calls.some(({ to, data }) => to === call.to && data.startsWith(selector) && data !== call.data),
  );
  return [
    ...told,
    ...others.map(({ id }) => `operation ${id} names another risk manager; expected none: cancel it as guardian`),
  ];
}

function namingStep(plan: RiskManagerPlan): ActStep {
  const { home, next } = plan;
  return actStep('ledger', 'scheduleRiskManager', [next], {
    title: 'the ledger is told the new risk manager; it may be adopted 7 days later',
    target: home,
    at: home.contract,
    isDone: () => isNamed(plan),
  });
}

/** Puts the new one in force; run again while the ledger has more assets than one transaction checks. */
function adoptStep(plan: RiskManagerPlan): ActStep {
  const { home } = plan;
  return actStep('ledger', 'adopt', [ASSETS_AT_ONCE], {
    title: 'the new risk manager weighs',
    target: home,
    at: home.contract,
    isDone: () => isWeighing(plan),
  });
}

function checkCode({ home, next, governor }: RiskManagerPlan): CheckStep {
  return {
    kind: 'check',
    title: 'the new risk manager is this build’s code with the present one’s governor',
    target: home,
    problems: async () => {
      const deployed = (await home.reader.getCode({ address: next })) ?? '0x';
      if (!isCodeOf(deployed, riskManagerCode)) {
        return [`${next} holds other code than ${riskManagerCode.name} of this build; expected that: name a --salt`];
      }
      return differing('its governor', await readGovernor(home, next), governor);
    },
  };
}

function listingStep(plan: RiskManagerPlan, { slot, feed, maxAgeS }: SlotFacts): ActStep {
  const { home, next } = plan;
  return actStep('prices', 'listUnderlying', [slot, feed, maxAgeS], {
    title: `price slot ${slot} of the new risk manager follows ${feed}, for up to ${maxAgeS} s`,
    target: home,
    at: next,
    isDone: async () => {
      if (await isWeighing(plan)) return true;
      const [seen] = await readSlots(home.reader, next, [slot]);
      return seen?.feed === feed && seen.maxAgeS === maxAgeS;
    },
  });
}

/** Both take what the feeds say now, so that their prices can be compared. */
function pokeOld(plan: RiskManagerPlan): ActStep {
  const { home, old, slots } = plan;
  return pokeStep(plan, old, {
    title: 'the present risk manager takes the feeds’ prices',
    isDone: async () => {
      if (await isNamed(plan)) return true;
      const kept = await readSlots(home.reader, old, slotsOf(slots));
      const answers = await Promise.all(kept.map(({ feed }) => readFeed(home.reader, feed)));
      // A feed without an answer brings no newer price.
      return answers.every((one, at) => 'refusal' in one || (kept[at]?.observedAt ?? 0) >= one.observedAt);
    },
  });
}

function pokeNext(plan: RiskManagerPlan): ActStep {
  const { home, old, next, slots } = plan;
  return pokeStep(plan, next, {
    title: 'the new risk manager takes the feeds’ prices',
    isDone: async () => {
      if (await isNamed(plan)) return true;
      const seen = await readSlots(home.reader, next, slotsOf(slots));
      const kept = await readSlots(home.reader, old, slotsOf(slots));
      return seen.every(({ observedAt }, at) => observedAt >= (kept[at]?.observedAt ?? 0));
    },
  });
}

/** No relayer pokes a risk manager before the ledger names it, and one with stale prices cannot be adopted. */
function freshenStep(plan: RiskManagerPlan): ActStep {
  const { home, next, slots } = plan;
  return pokeStep(plan, next, {
    title: 'no price of the new risk manager is too old',
    isDone: async () => {
      if (await isWeighing(plan)) return true;
      const seen = await readSlots(home.reader, next, slotsOf(slots));
      const { timestamp } = await home.reader.getBlock();
      const ages = seen.map(({ observedAt, maxAgeS }) => timestamp <= BigInt(observedAt + maxAgeS));
      return ages.every(Boolean);
    },
  });
}

function pokeStep({ home, slots }: RiskManagerPlan, at: Address, words: Pick<ActStep, 'title' | 'isDone'>): ActStep {
  return actStep('prices', 'poke', [slotsOf(slots)], { ...words, target: home, at });
}

function slotsOf(slots: readonly SlotFacts[]): number[] {
  return slots.map(({ slot }) => slot);
}

function checkPrices(plan: RiskManagerPlan): CheckStep {
  return {
    kind: 'check',
    title:
      'both risk managers answer the same prices and weigh a line of each asset the same, and no third is to follow',
    target: plan.home,
    isPast: () => isNamed(plan),
    problems: async () => {
      const { prices, worth } = await compareBoth(plan);
      return [...prices, ...worth, ...(await findOthers(plan))];
    },
  };
}

/** Compares both risk managers at one block. */
async function compareBoth({ home, old, next, slots, accounts }: RiskManagerPlan): Promise<{
  readonly prices: readonly string[];
  readonly worth: readonly string[];
}> {
  const { reader } = home;
  const blockNumber = (await reader.getBlock()).number;
  const [kept, seen, answers, before, after] = await Promise.all([
    readSlots(reader, old, slotsOf(slots), blockNumber),
    readSlots(reader, next, slotsOf(slots), blockNumber),
    Promise.all(slots.map(({ feed }) => readFeed(reader, feed))),
    readWorth(home, old, { accounts, blockNumber }),
    readWorth(home, next, { accounts, blockNumber }),
  ]);
  return { prices: comparePrices(kept, seen, answers), worth: compareWorth(before, after) };
}

function checkAfter(plan: RiskManagerPlan): CheckStep {
  const { home, next, accounts } = plan;
  return {
    kind: 'check',
    title: 'the ledger weighs by the new risk manager, margins read the same, and the floors of surety powers hold',
    target: home,
    problems: async () => {
      const blockNumber = (await home.reader.getBlock()).number;
      const said = await readMargins(home, { accounts, blockNumber });
      const weighed = await readWorth(home, next, { accounts, blockNumber });
      const ofAccounts = weighed.slice(weighed.length - accounts.length);
      const { prices, worth } = await compareBoth(plan);
      return [
        ...differing('the ledger’s risk manager', (await readWeighing(home)).present, next),
        ...compareWorth(ofAccounts, said).map((one) => `the ledger’s marginOf: ${one}`),
        // Nobody pokes the old one any more. Where its prices lag, its figures are no measure.
        ...(prices.length === 0 ? worth : []),
        ...(await plan.floors(next)),
      ];
    },
  };
}

async function describeAfterwards({ home, next, slots }: RiskManagerPlan): Promise<string[]> {
  const code = (await home.reader.getCode({ address: next })) ?? '0x';
  return [
    `settlement.riskManager for chains.config.json: ${next} (code hash ${bytesToHex(keccak256(hexToBytes(code)))})`,
    'nothing is to be restarted: aggregators, relayers and keepers follow the one that the ledger names',
    `where no relayer runs, prices grow old: surety prices poke --at ${next} --slots ${slotsOf(slots).join(',')}`,
  ];
}
