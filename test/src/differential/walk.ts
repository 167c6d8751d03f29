import { Random } from '../simulation/random.js';
import { type Act, LEDGER_ACTS, VAULT_ACTS, pickAct } from './acts.js';
import { compareWorlds } from './compare-worlds.js';
import { breakToken } from './failing-token.js';
import { loseTokens } from './lost-tokens.js';
import type { Side, TwoWorlds } from './two-worlds.js';

/** Length and kind of a walk. */
export interface WalkSpec {
  readonly worlds: TwoWorlds;
  readonly steps: number;
  readonly seed: number;
  /** Steps between two comparisons of everything. */
  readonly compareEvery: number;
  /** Hears how far the walk is. */
  readonly tell?: (line: string) => void;
}

/** Report of a walk. */
export interface WalkOutcome {
  readonly steps: number;
  readonly blocks: number;
  readonly comparisons: number;
  /** Rows that differed; the walk ends at the first comparison that finds one. */
  readonly differences: readonly string[];
  /** Counts of each act: tries, and those that took effect. */
  readonly acts: ReadonlyMap<string, { readonly tried: number; readonly took: number }>;
}

/** Acts of one block. */
const TO_A_BLOCK = 24;

/** Walks random acts through the contracts and the fold alike, a block of each chain at a time. */
export async function walk({ worlds, steps, seed, compareEvery, tell }: WalkSpec): Promise<WalkOutcome> {
  const random = new Random(`differential-${seed}`);
  const acts = new Map([...VAULT_ACTS, ...LEDGER_ACTS].map(({ name }) => [name, { tried: 0, took: 0 }]));
  const outcome = { steps: 0, blocks: 0, comparisons: 0, differences: [] as readonly string[], acts };

  /** Draws the acts of one block, sends them, mines them and counts what took effect. */
  async function actOn(list: readonly Act[], side: Side, mine: () => Promise<readonly boolean[]>): Promise<void> {
    const drawn: string[] = [];
    const calls = [];
    for (let at = 0; at < TO_A_BLOCK; at++) {
      const act = pickAct(list, random);
      const call = await act.draw({ worlds, side, random });
      if (call === undefined) continue;
      drawn.push(act.name);
      calls.push(call);
    }
    await (list === VAULT_ACTS ? side.chain : worlds.settlement).send(calls);
    const took = await mine();
    for (const [at, name] of drawn.entries()) {
      const counted = acts.get(name) ?? { tried: 0, took: 0 };
      acts.set(name, { tried: counted.tried + 1, took: counted.took + (took[at] === true ? 1 : 0) });
    }
    outcome.steps += drawn.length;
    outcome.blocks += 1;
  }

  let due = compareEvery;
  while (outcome.steps < steps) {
    worlds.now += BigInt(random.chance(0.08) ? random.whole(40_000, 300_000) : random.whole(12, 900));
    for (const side of worlds.sides) {
      if (side.lost.size === 0 && random.chance(0.02)) {
        const token = random.pick(side.tokens.slice(0, 2));
        side.lost.set(token, await loseTokens(side.chain, token, side.vault, random));
      }
      const repair = random.chance(0.06)
        ? await breakToken(side.chain, random.pick(side.tokens.slice(0, 2)))
        : undefined;
      await actOn(VAULT_ACTS, side, () => worlds.mineSide(side));
      await repair?.();
      await actOn(LEDGER_ACTS, side, () => worlds.mineSettlement());
      worlds.now += 1n;
    }
    if (outcome.steps < due && outcome.steps < steps) continue;
    due += compareEvery;
    outcome.comparisons += 1;
    outcome.differences = await compareWorlds(worlds);
    tell?.(`${outcome.steps} of ${steps} steps, ${outcome.differences.length} differences`);
    if (outcome.differences.length > 0) break;
  }
  return outcome;
}
