/** An amount that waits for a confirmation. */
export interface WaitingSince {
  /** Its index in the journal. */
  readonly count: bigint;
  /** Worth in wei of the journal's chain, null if unknown. */
  readonly worthWei: bigint | null;
  /** When it was first known to wait, in milliseconds. */
  readonly sinceMs: number;
}

/** A published head: the journal up to a count. */
export interface PublishedHead {
  readonly count: bigint;
  /** Time in milliseconds. */
  readonly atMs: number;
}

/** A usable witness and its state. */
export interface WitnessOffer {
  readonly name: string;
  /** The count up to which it has recorded the journal. */
  readonly told: bigint;
  /** This process's last publication over it. */
  readonly own: PublishedHead | null;
  /** Publications over it by anyone, in block order. */
  readonly published: readonly PublishedHead[];
  /** Current cost of publishing over it: bridge fee and gas; null if it must not be used. */
  readonly cost: { readonly feeWei: bigint; readonly gasWei: bigint } | null;
  /** True if a known process delivers its messages to the other end. */
  readonly isDelivered: boolean;
}

/** The conditions and the price of publishing heads. */
export interface ChoicePolicy {
  /** Number of witnesses that must record a head. */
  readonly m: number;
  /** Milliseconds that a publication may take before the next witness is tried. */
  readonly fallbackAfterMs: number;
  /** Milliseconds that an amount waits for others at most before its head is published. */
  readonly stalenessMs: number;
  /** Publish at once if the cost is at most this share of the waiting worth, in basis points. */
  readonly feeShareBps: bigint;
  /** Most wei that one publication may cost on top of gas. */
  readonly feeMaxWei: bigint;
}

/** The decision about waiting amounts. */
export type PublicationChoice =
  /** Enough witnesses have recorded each amount, or are about to. */
  | { readonly kind: 'covered' }
  /** More amounts may join until then, in milliseconds. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Names of the witnesses to use, the cheapest first. */
  | { readonly kind: 'publish'; readonly names: readonly string[] }
  /** Another witness is needed and none is usable: each was used, is too expensive or does not respond. */
  | { readonly kind: 'stuck' };

/** The state in which a choice is made. All its times, and those of amounts and heads, are of one clock. */
export interface ChoiceAt {
  readonly nowMs: number;
  readonly policy: ChoicePolicy;
}

/** Returns the amounts that fewer than m witnesses have recorded, or are about to. */
export function uncoveredOf<Amount extends WaitingSince>(
  waiting: readonly Amount[],
  offers: readonly WitnessOffer[],
  at: ChoiceAt,
): readonly Amount[] {
  return waiting.filter((amount) => coveringOf(amount, offers, at) < at.policy.m);
}

/**
 * Decides whether the journal is published now, and over which witnesses: as many as are missing, first those without
 * an overdue head, then by cost. It publishes at once if the cost is a small share of the waiting worth, otherwise once
 * the oldest amount has waited its maximum; an amount of unknown worth does not wait for others. Invariant: this
 * process publishes nothing twice over one witness within the deadline, nor above the accepted fee, and more waiting
 * worth never delays a publication (choose-publication.test.ts).
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
  // A witness that carries an earlier head takes the rest with its next one, unless that would be too late.
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

/** True if a witness has recorded an amount, or is about to. */
function covers({ told, own, published }: WitnessOffer, amount: WaitingSince, at: ChoiceAt): boolean {
  const { count } = amount;
  const { fallbackAfterMs } = at.policy;
  if (told >= count) return true;
  if (own !== null && own.count >= count && at.nowMs - own.atMs < fallbackAfterMs) return true;
  // Others' publications count once: repeated or invented ones do not stop us from publishing after the deadline.
  const first = published.find((head) => head.count >= count);
  const isFresh = first !== undefined && at.nowMs - first.atMs < fallbackAfterMs;
  return isFresh && !isPastJoining(amount, at);
}

/** True if an amount has waited too long to rely on others' publications. */
export function isPastJoining({ sinceMs }: WaitingSince, { nowMs, policy }: ChoiceAt): boolean {
  return nowMs - sinceMs >= policy.fallbackAfterMs + policy.stalenessMs;
}

/** True if a head is in flight over a witness. */
function isUnderWay({ told, own, published }: WitnessOffer, { nowMs, policy }: ChoiceAt): boolean {
  return [...published, ...(own === null ? [] : [own])].some(
    ({ count, atMs }) => count > told && nowMs - atMs < policy.fallbackAfterMs,
  );
}

function mayBeAsked({ cost }: WitnessOffer, { feeMaxWei }: ChoicePolicy): boolean {
  return cost !== null && cost.feeWei <= feeMaxWei;
}

/** Time of an overdue publication over a witness, -∞ if there is none. */
function lateSinceOf({ told, own, published }: WitnessOffer, { nowMs, policy }: ChoiceAt): number {
  const late = [...published, ...(own === null ? [] : [own])].filter(
    ({ count, atMs }) => count > told && nowMs - atMs >= policy.fallbackAfterMs,
  );
  return Math.max(-Infinity, ...late.map(({ atMs }) => atMs));
}

/**
 * Witnesses without an overdue head first, then by the age of their last attempt; then those with a known deliverer,
 * then by cost.
 */
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
