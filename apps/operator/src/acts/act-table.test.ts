import { POWERS } from '@surety/contracts';
import { describe, expect, it } from 'vitest';
import {
  type ArgumentKind,
  PLACES,
  callersOf,
  flatParameters,
  functionOf,
  isSlowAct,
  meaningOf,
  nestArguments,
  selectorOf,
} from './act-spec.js';
import { ACTS, NO_ACTS } from './act-table.js';
import { AT_PLACE, EVERYWHERE } from './argument-words.js';
import { describeCall } from './describe-call.js';

/** Types of the contracts that a kind of argument may stand for. */
const TYPES: Readonly<Record<ArgumentKind, RegExp>> = {
  number: /^uint(8|16|32|64|96)$/,
  numbers: /^uint16\[\]$/,
  decimal: /^uint(64|128)$/,
  time: /^uint40$/,
  length: /^uint(24|256)$/,
  address: /^address$/,
  addresses: /^address\[\]$/,
  word: /^bytes32$/,
  account: /^bytes32$/,
  'signed-number': /^int32$/,
  bytes: /^bytes$/,
  text: /^bytes32$/,
  'yes-no': /^bool$/,
  stops: /^uint8$/,
  source: /^uint16$/,
  'ledger-asset': /^uint16$/,
  'vault-asset': /^uint16$/,
  'timelock-role': /^bytes32$/,
  selector: /^bytes4$/,
  signatures: /^bytes$/,
};

const isHeld = ({ place, call }: (typeof ACTS)[number]): boolean =>
  POWERS[PLACES[place].contract]?.[call]?.does !== undefined;
const idOf = ({ place, call }: (typeof ACTS)[number]): string => `${PLACES[place].contract}.${call}`;

describe('the table of acts', () => {
  it('has exactly one act for every function that a role holds, or the reason why it has none', () => {
    const held = Object.entries(POWERS).flatMap(([contract, powers]) =>
      Object.entries(powers).flatMap(([call, { does }]) => (does === undefined ? [] : [`${contract}.${call}`])),
    );
    const acts = ACTS.map(idOf);
    expect(acts.filter((one, at) => acts.indexOf(one) !== at)).toEqual([]);
    const ofRoles = ACTS.filter(isHeld).map(idOf);
    expect([...ofRoles, ...Object.keys(NO_ACTS)].toSorted()).toEqual(held.toSorted());
  });

  it('gives acts of its own words only to what anyone may do, and words to every act and argument', () => {
    const open = ACTS.filter((spec) => !isHeld(spec));
    expect(open.map(callersOf)).toEqual(open.map(() => ['anyone']));
    expect(ACTS.filter((spec) => isHeld(spec) && spec.does !== undefined)).toEqual([]);
    const silent = ACTS.filter((spec) => meaningOf(spec) === '' || spec.takes.some(({ help }) => help === ''));
    expect(silent.map(idOf)).toEqual([]);
  });

  it('names parameters of the contracts alone', () => {
    const names = new Set(ACTS.flatMap((spec) => flatParameters(functionOf(spec).inputs).map(({ name }) => name)));
    const worded = [EVERYWHERE, ...Object.values(AT_PLACE)].flatMap((words) => Object.keys(words));
    expect(worded.filter((name) => !names.has(name))).toEqual([]);
  });

  it('takes what the contracts take, in their order', () => {
    const wrong = ACTS.flatMap((spec) => {
      const types = flatParameters(functionOf(spec).inputs).map(({ type }) => type);
      const fits =
        types.length === spec.takes.length && spec.takes.every(({ kind }, at) => TYPES[kind].test(types[at] ?? ''));
      return fits
        ? []
        : [`${idOf(spec)} takes ${types.join(',')}; the table has ${spec.takes.map(({ kind }) => kind).join(',')}`];
    });
    expect(wrong).toEqual([]);
  });

  it('names each command and option once, and each call by 4 bytes of its own', () => {
    const names = ACTS.map(({ place, name }) => `${place} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    const selectors = ACTS.map(selectorOf);
    expect(new Set(selectors).size).toBe(selectors.length);
    for (const { takes } of ACTS) expect(new Set(takes.map(({ option }) => option)).size).toBe(takes.length);
    const reserved = [
      'chain',
      'at',
      'role',
      'as',
      'schedule',
      'execute',
      'cancel',
      'after',
      'salt',
      'wait-for',
      'dry-run',
      'yes',
      'json',
    ];
    expect(ACTS.flatMap(({ takes }) => takes).filter(({ option }) => reserved.includes(option))).toEqual([]);
  });

  it('knows which acts of the governor wait 7 days', () => {
    const slow = ACTS.filter(isSlowAct).map(({ place, name }) => `${place} ${name}`);
    expect(slow).toContain('ledger set-auction');
    expect(slow).toContain('role appoint');
    expect(slow).toContain('timelock grant-role');
    expect(slow).toContain('vault set-witness-policy');
    expect(slow).not.toContain('timelock freeze-proposer');
    expect(slow).not.toContain('ledger set-cap');
  });
});

describe('a call in words', () => {
  it('says so where it is no act', () => {
    expect(describeCall('0x12345678')).toBe('an unknown call 0x12345678');
  });

  it('keeps members of a struct in their order', () => {
    const spec = ACTS.find(({ call, place }) => call === 'listSource' && place === 'ledger');
    const inputs = spec === undefined ? [] : functionOf(spec).inputs;
    const nested = nestArguments(
      inputs,
      Array.from({ length: 10 }, (_, at) => at),
    );
    expect(nested).toEqual([
      {
        source: 0,
        originChainId: 1,
        vault: 2,
        initialBp: 3,
        maintenanceBp: 4,
        staleAfterMin: 5,
        darkAfterMin: 6,
        floorAfterMin: 7,
        m: 8,
        development: 9,
      },
    ]);
  });
});
