import { mulDivDown, mulDivUp } from '@surety/domain';
import type { AssetFacts, DeploymentFacts } from './power-facts.js';

/**
 * The largest gain of a thief who has certain keys of a deployment and no others; values are WAD at the ledger's
 * prices.
 */
export interface Loss {
  /** Whose keys. */
  readonly keys: string;
  /** The most that leaves its owners within an hour, a day, and seven days. */
  readonly hourWad: bigint;
  readonly dayWad: bigint;
  readonly weekWad: bigint;
  /** Their other powers, and what ends them. */
  readonly also: string;
}

const HOUR_S = 3600n;
const DAY_S = 86_400n;
const WEEK_S = 7n * DAY_S;

/**
 * Bounds what each stolen key costs from the deployment's own limits: out of a vault with k attesters at most
 * burst + rate · W (burst a quarter of the limit, rate the limit a day), never more than is locked there.
 * @source PROTOCOL sections 8 and 11 (I8, I10)
 */
export function planLosses(facts: DeploymentFacts): Loss[] {
  const assets = facts.sources.flatMap(({ assets: listed }) => listed);
  const none = { hourWad: 0n, dayWad: 0n, weekWad: 0n };
  const sets = facts.places.map(({ attesters }) => attesters);
  const k = Math.min(...sets.map((set) => set.k));
  const blocking = Math.min(...sets.map((set) => set.members.length - set.k + 1));
  const outflow = (seconds: bigint, from = assets): bigint =>
    from.reduce((sum, asset) => sum + valueOf(asset, outflowOf(asset, seconds)), 0n);
  // Source 0 takes nothing that anybody signs.
  const attested = facts.sources.filter(({ source }) => source !== 0);
  const signed = attested.flatMap(({ assets: listed }) => listed);
  const locked = assets.reduce((sum, asset) => sum + valueOf(asset, asset.locked), 0n);
  const hasTimelock = facts.places.every(({ hands }) =>
    [...hands.values()].some((hand) => hand.kind === 'timelock' && hand.delayS > 0),
  );
  const atOnce = {
    hourWad: outflow(HOUR_S),
    dayWad: outflow(DAY_S),
    weekWad: outflow(WEEK_S),
    also: 'no timelock: lists a worthless asset and raises limits at once; all that is locked',
  };
  return [
    { keys: `${k - 1} attesters or fewer`, ...none, also: 'nothing moves: a quorum is larger' },
    {
      keys: `${blocking} attesters`,
      ...none,
      also: 'stop every edge of their verifier, by Halt or by silence, until they are cleared, suspended or replaced by recovery',
    },
    {
      keys: `${k} attesters`,
      hourWad: outflow(HOUR_S, signed),
      dayWad: outflow(DAY_S, signed),
      weekWad: outflow(WEEK_S, signed),
      also: creditOf(attested),
    },
    {
      keys: 'the governor’s proposers, guardian awake',
      ...(hasTimelock ? { ...none, also: 'schedule what the guardian cancels; nothing runs before 48 h' } : atOnce),
    },
    {
      keys: 'the governor’s proposers, guardian asleep',
      ...(hasTimelock
        ? {
            ...none,
            weekWad: locked,
            also: `lists a worthless asset and raises limits after 48 h: in the end all that is locked, ${whole(locked)}`,
          }
        : atOnce),
    },
    {
      keys: 'the guardian',
      ...none,
      also: 'quarantines each source for 72 h and once more, stops payments above the small lane (refunded, once per account in 7 days), cancels every scheduled act',
    },
    {
      keys: 'the pauser',
      ...none,
      also: 'pauses credit, locks and payments for 72 h twice, then 72 h of rest; repay and close go on',
    },
    {
      keys: 'the risk admin',
      ...none,
      also: `no new risk from now on; maintenance falls by 5 points a day, so accounts near their limit are liquidated after a day; the governor loosens ${hasTimelock ? 'after 48 h' : 'at once'}`,
    },
  ];
}

/**
 * Returns the most that k attesters can draw from one asset's vault in a window: every lane's burst, and the rate for its
 * length.
 */
function outflowOf({ limit, locked }: AssetFacts, seconds: bigint): bigint {
  const most = mulDivUp(limit, 1n, 4n) + mulDivUp(limit, seconds, DAY_S);
  return most < locked ? most : locked;
}

function creditOf(sources: DeploymentFacts['sources']): string {
  const forged = sources.flatMap(({ m, assets }) =>
    assets.map((asset) => valueOf(asset, m === 0 ? asset.cap : (asset.fastLimit ?? asset.cap))),
  );
  const sum = forged.reduce((total, one) => total + one, 0n);
  const unwitnessed = sources.filter(({ m }) => m === 0).length;
  return `credit that nobody locked, up to ${whole(sum)} (${unwitnessed === sources.length ? 'the caps' : unwitnessed === 0 ? 'the fast limits, until witnesses are stolen too' : 'fast limits, and the caps of sources without witnesses'}); no vault pays more than its own limiter lets through`;
}

/** Token units at the asset's price, in WAD, rounded up: a loss is never stated too small. */
function valueOf({ decimals, price1e12 }: AssetFacts, units: bigint): bigint {
  return mulDivUp(units * price1e12, 10n ** 6n, 10n ** BigInt(decimals));
}

/** Whole units of account, rounded down. */
function whole(wad: bigint): string {
  return mulDivDown(wad, 1n, 10n ** 18n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}
