import { PPM, mulDivDown } from '@surety/domain';
import {
  type Asset,
  type CachedPrice,
  SOURCE_STATES,
  type Source,
  type SourceState,
  type WeightRamp,
} from '@surety/margin';
import type { Draw } from './draw.js';

/*
 * What the books of one chunk share: a time, prices, sources, assets and protocols. Every shape puts the edges of the rules
 * beside values from anywhere: ages at, just below and just past each threshold, weights of nothing and all.
 */

/** A price slot: its number is its place, from 1. */
export interface WorldPrice extends CachedPrice {
  readonly word: bigint;
}

/** A source as the engine takes it, and as the ledger stores it. */
export interface WorldSource {
  readonly source: Source;
  readonly word: bigint;
  readonly rampWord?: bigint;
}

/** An asset likewise. */
export interface WorldAsset {
  readonly asset: Asset;
  readonly source: Source;
  readonly prices: readonly CachedPrice[];
  readonly word: bigint;
  readonly rampWord?: bigint;
}

/** A protocol and what its last gate recorded; `way` is how it answers, by `TestProtocol`'s number. */
export interface WorldProtocol {
  readonly way: number;
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly recordedMaintenanceWad: bigint;
}

/** Everything that the books of one chunk share. */
export interface MarginWorld {
  readonly at: bigint;
  readonly prices: readonly WorldPrice[];
  readonly sources: readonly WorldSource[];
  readonly assets: readonly WorldAsset[];
  readonly protocols: readonly WorldProtocol[];
}

const PRICES = 24;
const SOURCES = 12;
/** Assets of a world; steps that are prime to it reach each of them once. */
export const ASSETS = 40;
const PROTOCOLS = 6;
const RAMP_HINT = 128n;
const DAY = 86_400n;
/** Ways of `TestProtocol` that give an answer of the right form, and those that do not. */
export const HONEST = 0;
const FAILING = [1, 4, 5, 6, 7];
const STATES = Object.keys(SOURCE_STATES) as SourceState[];

/** Draws a world. */
export function drawWorld(draw: Draw): MarginWorld {
  const at = BigInt(draw.between(1_700_000_000, 4_200_000_000));
  const prices = Array.from({ length: PRICES }, () => drawPrice(draw, at));
  const sources = Array.from({ length: SOURCES }, () => drawSource(draw, at));
  const assets = Array.from({ length: ASSETS }, () => drawAsset(draw, at, { prices, sources }));
  return { at, prices, sources, assets, protocols: Array.from({ length: PROTOCOLS }, () => drawProtocol(draw)) };
}

const near = (draw: Draw, value: bigint): bigint => value + BigInt(draw.between(-2, 2));
const pack = (fields: readonly (readonly [value: bigint | number, place: number])[]): bigint =>
  fields.reduce((word, [value, place]) => word | (BigInt(value) << BigInt(place)), 0n);

function drawPrice(draw: Draw, at: bigint): WorldPrice {
  const maxAgeS = draw.onceIn(8) ? 2 ** 24 - 1 : draw.between(1, 200_000);
  const price1e12 = draw.pick([
    () => draw.sized(80),
    // A stablecoin on, above and below its peg.
    () => BigInt(draw.between(850_000, 1_050_000)) * 1_000_000n,
    () => BigInt(draw.between(1, 100_000)) * 10n ** 12n + draw.bits(40),
  ])();
  const observedAt = draw.pick([
    () => at - BigInt(draw.between(0, maxAgeS)),
    () => near(draw, at - BigInt(maxAgeS)),
    () => at - BigInt(draw.between(0, 400_000)),
    // Within the hour in which the slow price follows, and at its end.
    () => at - BigInt(draw.between(0, 3_602)),
    () => at + BigInt(draw.between(0, 120)),
    () => (draw.onceIn(3) ? 0n : at),
  ])();
  const failing = draw.onceIn(8);
  const slow1e12 = drawSlow(draw, price1e12);
  const confPpm = draw.pick([
    () => 0,
    () => draw.between(0, 20_000),
    () => draw.between(19_999, 20_002),
    () => draw.between(0, 1_000_000),
  ])();
  const word = pack([
    [price1e12, 0],
    [slow1e12, 80],
    [confPpm, 160],
    [maxAgeS, 184],
    [observedAt, 208],
    [failing ? 1 : 0, 240],
  ]);
  return { price1e12, slow1e12, confPpm, observedAt, maxAgeS, failing, word };
}

/** A slow price beside its price, around a quarter of itself off it, or anywhere. */
function drawSlow(draw: Draw, price1e12: bigint): bigint {
  const most = 2n ** 80n - 1n;
  const slow1e12 = draw.pick([
    () => price1e12,
    () => price1e12,
    () => mulDivDown(price1e12, BigInt(draw.between(850_000, 1_150_000)), PPM),
    () => mulDivDown(price1e12, 4n, draw.onceIn(2) ? 3n : 5n) + BigInt(draw.between(-2, 2)),
    () => draw.bits(80),
  ])();
  return slow1e12 < 0n ? 0n : slow1e12 > most ? most : slow1e12;
}

const drawWeight = (draw: Draw): number =>
  draw.onceIn(12) ? draw.pick([0, 1, 9_500, 9_800, 10_000]) : draw.between(0, 10_000);

/** A ramp around the time, or over, or not begun. */
function drawRamp(draw: Draw, at: bigint): { readonly ramp: WeightRamp; readonly rampWord: bigint } {
  const [one, other] = [drawWeight(draw), drawWeight(draw)];
  const [fromBps, toBps] = [Math.max(one, other), Math.min(one, other)];
  const start = draw.pick([() => near(draw, at), () => at - BigInt(draw.between(0, 900_000))])();
  const end = start + BigInt(draw.between(1, 1_000_000));
  const rampWord = pack([
    [fromBps, 0],
    [toBps, 16],
    [start, 32],
    [end, 72],
    [draw.between(1, 9), 112],
  ]);
  return { ramp: { fromBps, toBps, start, end }, rampWord };
}

function drawSource(draw: Draw, at: bigint): WorldSource {
  const staleAfterMinutes = draw.between(1, 300);
  const darkAfterMinutes = staleAfterMinutes + draw.between(1, draw.onceIn(3) ? 1 : 2_000);
  const floorAfterMinutes = darkAfterMinutes + draw.between(0, 9_000);
  const [stale, dark, floor] = [staleAfterMinutes, darkAfterMinutes, floorAfterMinutes].map((each) =>
    BigInt(60 * each),
  );
  const age = draw.pick([
    () => BigInt(draw.between(0, 60 * staleAfterMinutes)),
    () => near(draw, draw.pick([stale, dark, floor]) as bigint),
    () => BigInt(draw.between(60 * staleAfterMinutes, 60 * darkAfterMinutes)),
    () => (floor as bigint) + BigInt(draw.between(0, 12 * 86_400)),
    () => BigInt(draw.between(-120, 0)),
    () => (draw.onceIn(6) ? at : BigInt(draw.between(0, 10_000_000))),
  ])();
  const state = draw.onceIn(2) ? 'LIVE' : draw.pick(STATES);
  const ramped = draw.onceIn(3) ? drawRamp(draw, at) : undefined;
  const source: Source = {
    state,
    stateUntil: draw.pick([() => near(draw, at), () => at - BigInt(draw.between(0, 2_000_000)), () => at + DAY])(),
    asOf: at - age,
    weightInitialBps: drawWeight(draw),
    weightMaintenanceBps: ramped?.ramp.toBps ?? drawWeight(draw),
    ...(ramped === undefined ? {} : { maintenanceRamp: ramped.ramp }),
    staleAfterMinutes,
    darkAfterMinutes,
    floorAfterMinutes,
    frozenMaintenanceBps: draw.onceIn(3) ? 10_000 : draw.between(0, 10_000),
    thawedAt: draw.pick([() => 0n, () => near(draw, at), () => at - BigInt(draw.between(0, 2_000_000))])(),
  };
  const word = pack([
    [source.asOf, 0],
    [SOURCE_STATES[state], 40],
    [source.stateUntil, 48],
    [source.weightInitialBps, 88],
    [source.weightMaintenanceBps, 104],
    [draw.between(0, 4), 120],
    [ramped === undefined ? 0n : RAMP_HINT, 144],
    [source.thawedAt, 152],
    [staleAfterMinutes, 192],
    [darkAfterMinutes, 208],
    [floorAfterMinutes, 224],
    [source.frozenMaintenanceBps, 240],
  ]);
  return { source, word, ...(ramped === undefined ? {} : { rampWord: ramped.rampWord }) };
}

function drawAsset(draw: Draw, at: bigint, world: Pick<MarginWorld, 'prices' | 'sources'>): WorldAsset {
  const sourceAt = draw.between(1, SOURCES);
  const underlying = draw.between(1, PRICES);
  const ownPrice = draw.onceIn(2) ? draw.between(1, PRICES) : 0;
  const ramped = draw.onceIn(4) ? drawRamp(draw, at) : undefined;
  const asset: Asset = {
    decimals: draw.onceIn(3) ? draw.pick([6, 8, 18]) : draw.between(0, 24),
    baseInitialBps: drawWeight(draw),
    baseMaintenanceBps: ramped?.ramp.toBps ?? drawWeight(draw),
    ...(ramped === undefined ? {} : { maintenanceRamp: ramped.ramp }),
  };
  const word = pack([
    [sourceAt, 0],
    [draw.between(1, 65_535), 16],
    [underlying, 32],
    [asset.decimals, 48],
    [ramped === undefined ? 0n : RAMP_HINT, 56],
    [asset.baseInitialBps, 64],
    [asset.baseMaintenanceBps, 80],
    [draw.bits(64), 96],
    [draw.bits(64), 160],
    [ownPrice, 224],
    [draw.between(0, 10_000), 240],
  ]);
  const slots = ownPrice === 0 ? [underlying] : [underlying, ownPrice];
  return {
    asset,
    source: (world.sources[sourceAt - 1] as WorldSource).source,
    prices: slots.map((slot) => world.prices[slot - 1] as WorldPrice),
    word,
    ...(ramped === undefined ? {} : { rampWord: ramped.rampWord }),
  };
}

function drawProtocol(draw: Draw): WorldProtocol {
  return {
    way: draw.onceIn(5) ? draw.pick(FAILING) : HONEST,
    initialWad: draw.onceIn(12) ? 1n << 128n : draw.sized(128),
    maintenanceWad: draw.onceIn(20) ? 1n << 128n : draw.sized(128),
    recordedMaintenanceWad: draw.sized(128),
  };
}
