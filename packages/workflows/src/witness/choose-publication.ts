/** An amount that waits for a confirmation. */
export interface WaitingSince {
  /** Its number in the journal. */
  readonly count: bigint;
  /** What it is worth in wei of the journal's chain, null if nobody knows. */
  readonly worthWei: bigint | null;
  /** Since when it is known to wait, in milliseconds. */
  readonly sinceMs: number;
}

/** A head that was published over a witness: the journal up to a count. */
export interface PublishedHead {
  readonly count: bigint;
  /** When, in milliseconds. */
  readonly atMs: number;
}

/** A witness over which the journal may be published, and how it stands. */
export interface WitnessOffer {
  readonly name: string;
  /** The count up to which it has told the journal. */
  readonly told: bigint;
  /** What this process published over it last. */
  readonly own: PublishedHead | null;
  /** What anybody published over it, in the order of blocks. */
  readonly published: readonly PublishedHead[];
  /** What publishing over it costs now: what the bridge takes, and gas; null if it must not be asked. */
  readonly cost: { readonly feeWei: bigint; readonly gasWei: bigint } | null;
  /** Whether somebody is known who brings what it tells to the other end. */
  readonly isDelivered: boolean;
}

/** When heads are published, and for how much. */
export interface ChoicePolicy {
  /** How many witnesses must tell a head. */
  readonly m: number;
  /** How long a publication may be under way before the next witness is tried. */
  readonly fallbackAfterMs: number;
  /** How long an amount waits for others before its head is published, whatever it is worth. */
  readonly stalenessMs: number;
  /** Share of what waits, in basis points, for which it is published at once. */
  readonly feeShareBps: bigint;
  /** Most wei that one publication may cost beside its gas. */
  readonly feeMaxWei: bigint;
}

/** What to do about amounts that wait. */
export type PublicationChoice =
  /** As many witnesses as must confirm have told of each, or are about to. */
  | { readonly kind: 'covered' }
  /** More may come to wait until then, in milliseconds, and goes with it. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Over these, the cheapest first. */
  | { readonly kind: 'publish'; readonly names: readonly string[] }
  /** Another witness must tell, and none may be asked: each has been, is too dear or does not answer. */
  | { readonly kind: 'stuck' };

/** Where a choice is made. */
export interface ChoiceAt {
  readonly nowMs: number;
  readonly policy: ChoicePolicy;
}

/** Gives the amounts of which fewer than m witnesses have told, or are about to. */
export function uncoveredOf<Amount extends WaitingSince>(
  waiting: readonly Amount[],
  offers: readonly WitnessOffer[],
  at: ChoiceAt,
): readonly Amount[] {
  return waiting.filter((amount) => coveringOf(amount, offers, at) < at.policy.m);
}

/**
 * Decides whether the journal is published now, and over which witnesses: as many as are missing, those that owe nothing first, then by
 * cost. At once where the cost is a small share of what waits, else once the oldest amount has waited for as long as it may; one of
 * unknown worth does not wait for others. Keeps: nothing is published twice within the deadline over one witness by this process, nor
 * above the fee that is accepted; of the amounts that wait more worth never makes it later (choose-publication.test.ts).
 */
export function choosePublication(
  waiting: readonly WaitingSince[],
  offers: readonly WitnessOffer[],
  at: ChoiceAt,
): PublicationChoice {
  const { nowMs, policy } = at;
  const uncovered = uncoveredOf(waiting, offers, at);
  if (uncovered.length === 0) return { kind: 'covered' };
  const dueMs = Math.min(...uncovered.map(({ sinceMs }) => sinceMs)) + policy.stalenessMs;
  const isDue = nowMs >= dueMs;
  const missing = Math.max(...uncovered.map((amount) => policy.m - coveringOf(amount, offers, at)));
  const lacking = offers.filter((offer) => uncovered.some((amount) => !covers(offer, amount, at)));
  // One that carries an earlier head takes the rest with the next one, unless that would be too late.
  const busy = isDue ? [] : lacking.filter((offer) => isUnderWay(offer, at));
  if (busy.length >= missing) return { kind: 'wait', untilMs: dueMs };
  const chosen = lacking
    .filter((offer) => !busy.includes(offer) && mayBeAsked(offer, policy))
    .toSorted((left, right) => compareOffers(left, right, at))
    .slice(0, missing - busy.length);
  if (chosen.length === 0) return isDue ? { kind: 'stuck' } : { kind: 'wait', untilMs: dueMs };
  if (isDue || isWorth(uncovered, chosen, policy)) return { kind: 'publish', names: chosen.map(({ name }) => name) };
  return { kind: 'wait', untilMs: dueMs };
}

function coveringOf(amount: WaitingSince, offers: readonly WitnessOffer[], at: ChoiceAt): number {
  return offers.filter((offer) => covers(offer, amount, at)).length;
}

/** Whether a witness has told of an amount, or is about to. */
function covers({ told, own, published }: WitnessOffer, amount: WaitingSince, at: ChoiceAt): boolean {
  const { count } = amount;
  const { fallbackAfterMs } = at.policy;
  if (told >= count) return true;
  if (own !== null && own.count >= count && at.nowMs - own.atMs < fallbackAfterMs) return true;
  // What others published serves as well, once: who repeats it, or makes it up, keeps nobody from paying after the deadline.
  const first = published.find((head) => head.count >= count);
  const isFresh = first !== undefined && at.nowMs - first.atMs < fallbackAfterMs;
  return isFresh && !isPastJoining(amount, at);
}

/** Whether an amount has waited for so long that nothing which others published is waited for any more. */
export function isPastJoining({ sinceMs }: WaitingSince, { nowMs, policy }: ChoiceAt): boolean {
  return nowMs - sinceMs >= policy.fallbackAfterMs + policy.stalenessMs;
}

/** Whether some head is under way over a witness. */
function isUnderWay({ told, own, published }: WitnessOffer, { nowMs, policy }: ChoiceAt): boolean {
  return [...published, ...(own === null ? [] : [own])].some(
    ({ count, atMs }) => count > told && nowMs - atMs < policy.fallbackAfterMs,
  );
}

function mayBeAsked({ cost }: WitnessOffer, { feeMaxWei }: ChoicePolicy): boolean {
  return cost !== null && cost.feeWei <= feeMaxWei;
}

/** When something was published over a witness that has not arrived in time, -∞ if nothing was. */
function lateSinceOf({ told, own, published }: WitnessOffer, { nowMs, policy }: ChoiceAt): number {
  const late = [...published, ...(own === null ? [] : [own])].filter(
    ({ count, atMs }) => count > told && nowMs - atMs >= policy.fallbackAfterMs,
  );
  return Math.max(-Infinity, ...late.map(({ atMs }) => atMs));
}

/** Those that owe nothing first, then those whose last try is oldest; of equal ones what somebody delivers, and the cheaper. */
function compareOffers(left: WitnessOffer, right: WitnessOffer, at: ChoiceAt): number {
  const [leftLate, rightLate] = [lateSinceOf(left, at), lateSinceOf(right, at)];
  if (leftLate !== rightLate) return leftLate < rightLate ? -1 : 1;
  if (left.isDelivered !== right.isDelivered) return left.isDelivered ? -1 : 1;
  const [leftWei, rightWei] = [costWei(left), costWei(right)];
  return leftWei < rightWei ? -1 : leftWei > rightWei ? 1 : 0;
}

function costWei({ cost }: WitnessOffer): bigint {
  return cost === null ? 0n : cost.feeWei + cost.gasWei;
}

function isWorth(
  waiting: readonly WaitingSince[],
  chosen: readonly WitnessOffer[],
  { feeShareBps }: ChoicePolicy,
): boolean {
  if (waiting.some(({ worthWei }) => worthWei === null)) return true;
  const worthWei = waiting.reduce((sum, one) => sum + (one.worthWei ?? 0n), 0n);
  return chosen.reduce((sum, one) => sum + costWei(one), 0n) * 10_000n <= worthWei * feeShareBps;
}
