import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Network } from '@surety/config';
import { address } from '@surety/domain';
import { keccak256, toFunctionSelector, toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeAct } from './act.js';
import type { ArgumentKind } from './act-spec.js';
import { ACTS } from './act-table.js';
import { describeCall } from './describe-call.js';
import { type ArgumentPlace, parseArgument } from './parse-argument.js';
import { membersHash, rotationTypedData } from './rotation-signatures.js';

const VERIFIER = address(`0x${'5e'.repeat(20)}`);
const alpha = {
  chainId: 901,
  name: 'alpha',
  vault: { source: 1, assets: [{ symbol: 'USDC', index: 1, assetId: 4 }] },
} as unknown as Network['chains'][number];
const place: ArgumentPlace = {
  network: { chains: [{ chainId: 900, name: 'settlement' }, alpha] } as unknown as Network,
  chain: alpha,
  contract: VERIFIER,
  nowS: 1_800_000_000n,
};
const folder = mkdtempSync(path.join(tmpdir(), 'surety-arguments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parse = (kind: ArgumentKind, text: string, type = 'uint64', scale?: number): unknown =>
  parseArgument({ option: 'it', kind, help: '', ...(scale === undefined ? {} : { scale }) }, text, type, place);

describe('an argument of an act', () => {
  it('is refused with what was seen and what is expected', () => {
    const wrong: [ArgumentKind, string][] = [
      ['number', '-1'],
      ['number', '1e3'],
      ['numbers', '1,,2'],
      ['numbers', '65536'],
      ['decimal', '1,5'],
      ['time', 'tomorrow'],
      ['time', '1800000000000'],
      ['length', '2 days'],
      ['word', '0x12'],
      ['account', 'alice'],
      ['address', '0x12'],
      ['address', '0x14DC79964da2c08b23698B3D3cc7Ca32193d9955'],
      ['signed-number', '+5'],
      ['signed-number', '1.5'],
      ['bytes', '0x123'],
      ['text', 'x'.repeat(33)],
      ['yes-no', 'true'],
      ['stops', 'pay,everything'],
      ['source', 'beta'],
      ['ledger-asset', 'USDC'],
      ['vault-asset', 'WBTC'],
      ['timelock-role', 'admin'],
      ['selector', 'setCap('],
      ['signatures', 'nowhere.json'],
    ];
    const messages = wrong.map(([kind, text]) => {
      try {
        return String(parse(kind, text));
      } catch (error) {
        return `${(error as { code: string }).code} ${(error as Error).message}`;
      }
    });
    expect(messages).toMatchInlineSnapshot(`
      [
        "BAD_USE --it is "-1"; expected a whole number without sign",
        "BAD_USE --it is "1e3"; expected a whole number without sign",
        "BAD_USE --it is ""; expected a whole number without sign",
        "BAD_USE --it is "65536"; expected at most 65535 each",
        "BAD_USE --it is "1,5"; expected a decimal number such as 100.5",
        "BAD_USE --it is "tomorrow"; expected seconds since 1970, an ISO date with its zone such as 2026-07-01T12:00Z, or +72h",
        "BAD_USE --it is "1800000000000"; expected seconds since 1970, an ISO date with its zone such as 2026-07-01T12:00Z, or +72h",
        "BAD_USE --it is "2 days"; expected a length such as 48h, 7d or 172800",
        "BAD_USE --it is "0x12"; expected 0x and 64 hex digits",
        "BAD_USE --it is "alice"; expected an account: an address (20 bytes) or a name (32 bytes), as hex after 0x",
        "BAD_USE --it is "0x12", 1 of 20 bytes; expected an address: 0x and 40 hex digits",
        "BAD_CHECKSUM --it is "0x14DC79964da2c08b23698B3D3cc7Ca32193d9955", whose checksum is wrong: a letter or digit of it is probably mistyped; expected 0x14dC79964da2C08b23698B3D3cc7Ca32193d9955 if every one is right; compare it with its source and copy it again",
        "BAD_USE --it is "+5"; expected a whole number, with - in front if it is below 0",
        "BAD_USE --it is "1.5"; expected a whole number, with - in front if it is below 0",
        "BAD_USE --it is "0x123"; expected 0x and pairs of hex digits",
        "BAD_USE --it is "33 bytes"; expected at most 32",
        "BAD_USE --it is "true"; expected yes or no",
        "BAD_USE --it is "everything"; expected lock, credit, pay",
        "BAD_USE --source is "beta"; expected an index, or a chain with a vault: alpha (1)",
        "BAD_USE --asset is "USDC"; expected an index, or one of alpha:USDC",
        "BAD_USE --asset is "WBTC"; expected an index, or an asset of alpha: USDC (1)",
        "BAD_USE --it is "admin"; expected proposer, canceller, executor",
        "BAD_USE --it is "setCap("; expected 0x and 8 hex digits, or a signature such as setAuction(address)",
        "BAD_USE --it is "nowhere.json"; expected files of surety attesters sign, or 0x and signatures of 65 bytes each",
      ]
    `);
  });

  it('is refused where the contract has no room for it', () => {
    expect(() => parse('number', '65536', 'uint16')).toThrowError('--it is "65536"; expected at most 65535');
    expect(parse('number', '65535', 'uint16')).toBe(65_535n);
    expect(() => parse('signed-number', '-2147483649', 'int32')).toThrowError('expected -2147483648 to 2147483647');
    expect(parse('signed-number', '-10000', 'int32')).toBe(-10_000n);
    expect(() => parse('decimal', '18446744073709551.616', 'uint64', 3)).toThrowError(
      'expected at most 18446744073709551615 / 10^3',
    );
  });

  it('is read with the names of the configuration and the time of the chain', () => {
    expect(parse('decimal', '1234.5', 'uint64', 3)).toBe(1_234_500n);
    expect(parse('time', '+72h', 'uint40')).toBe(1_800_000_000n + 72n * 3_600n);
    expect(parse('time', '2027-01-15T08:00:00Z', 'uint40')).toBe(1_800_000_000n);
    expect(parse('time', '1800000001', 'uint40')).toBe(1_800_000_001n);
    expect(parse('numbers', '1, 65535', 'uint16[]')).toEqual([1, 65_535]);
    expect(parse('length', '7d', 'uint256')).toBe(604_800n);
    expect(parse('stops', 'lock,pay', 'uint8')).toBe(9n);
    expect(parse('source', 'alpha', 'uint16')).toBe(1n);
    expect(parse('ledger-asset', 'alpha:USDC', 'uint16')).toBe(4n);
    expect(parse('vault-asset', 'USDC', 'uint16')).toBe(1n);
    expect(parse('timelock-role', 'proposer', 'bytes32')).toBe(keccak256(toHex('PROPOSER_ROLE')));
    expect(parse('selector', 'setAuction(address)', 'bytes4')).toBe(toFunctionSelector('setAuction(address)'));
    expect(parse('text', 'ab', 'bytes32')).toBe(`0x6162${'00'.repeat(30)}`);
    expect(parse('yes-no', 'yes', 'bool')).toBe(true);
  });

  it.each(['2026-02-31', '2026-02-29T12:00Z', '2026-04-31T00:00+02:00', '2026-13-01', '2026-00-10'])(
    'is no time where its month has no such day: %s',
    (text) => {
      expect(() => parse('time', text, 'uint40')).toThrowError(`--it is "${text}"; expected seconds since 1970`);
    },
  );

  it('is a time on the last day of February in a leap year', () => {
    expect(parse('time', '2028-02-29', 'uint40')).toBe(1_835_395_200n);
    expect(parse('time', '2028-02-29T23:30-02:00', 'uint40')).toBe(1_835_487_000n);
  });

  it('lists members ascending, each once', () => {
    const [low, high] = [`0x${'0a'.repeat(20)}`, `0x${'0B'.repeat(20)}`];
    expect(parse('addresses', `${high},${low}`, 'address[]')).toEqual([low, high.toLowerCase()]);
    expect(() => parse('addresses', `${low},${low}`, 'address[]')).toThrowError('expected each address once');
  });
});

describe('signatures of a rotation', () => {
  const keys = ['11', '22'].map((byte) => privateKeyToAccount(`0x${byte.repeat(32)}`));
  const members = keys.map((key) => address(key.address.toLowerCase())).toSorted();

  async function sign(at: number, verifier = VERIFIER): Promise<string> {
    const key = keys[at];
    if (key === undefined) throw new Error(`no key ${at}`);
    const rotation = { chainId: 901, verifier, epoch: 2, members, activeFrom: 1_800_200_000n };
    const signature = await key.signTypedData(rotationTypedData(rotation));
    const file = path.join(folder, `${at}-${verifier.slice(0, 6)}.json`);
    const rotations = [{ ...rotation, activeFrom: String(rotation.activeFrom), signature }];
    writeFileSync(file, JSON.stringify({ signer: key.address.toLowerCase(), rotations }));
    return file;
  }

  it('are joined ascending by signer, those of this verifier alone', async () => {
    const files = [await sign(0), await sign(1)];
    const joined = parse('signatures', files.join(','), 'bytes') as string;
    expect(joined).toHaveLength(2 + 2 * 130);
    expect(joined).toBe(parse('signatures', files.toReversed().join(','), 'bytes'));
    expect(() => parse('signatures', `${files[0]},${files[0]}`, 'bytes')).toThrowError('expected one of each member');
    const elsewhere = await sign(0, address(`0x${'66'.repeat(20)}`));
    expect(() => parse('signatures', elsewhere, 'bytes')).toThrowError(`expected the verifier ${VERIFIER} on 901`);
    writeFileSync(path.join(folder, 'bad.json'), '{');
    expect(() => parse('signatures', path.join(folder, 'bad.json'), 'bytes')).toThrowError('is no JSON');
    writeFileSync(path.join(folder, 'empty.json'), JSON.stringify({ signer: VERIFIER, rotations: 1 }));
    expect(() => parse('signatures', path.join(folder, 'empty.json'), 'bytes')).toThrowError('no list "rotations"');
  });

  it('commit to the packed members', () => {
    expect(membersHash(members)).toBe(keccak256(`0x${members.map((one) => one.slice(2)).join('')}`));
  });
});

describe('an act’s call', () => {
  const specOf = (name: string) => ACTS.find((one) => `${one.place} ${one.name}` === name) as (typeof ACTS)[number];

  it('is encoded from its options and decoded into words', () => {
    const data = encodeAct(specOf('ledger set-cap'), { asset: 'alpha:USDC', cap: '2.5' }, place);
    expect(describeCall(data)).toBe('ledger set-cap (assetId 4, capThousandths 2500)');
    const listing = {
      chain: 'alpha',
      source: '3',
      origin: '901',
      vault: VERIFIER,
      initialBp: '9000',
      maintenanceBp: '9500',
      staleAfterMin: '90',
      darkAfterMin: '360',
      floorAfterMin: '4320',
      m: '1',
    };
    expect(describeCall(encodeAct(specOf('ledger list-source'), listing, place))).toBe(
      `ledger list-source (source 3, originChainId 901, vault ${VERIFIER}, initialBp 9000, maintenanceBp 9500, staleAfterMin 90, darkAfterMin 360, floorAfterMin 4320, m 1, development false)`,
    );
    expect(describeCall(encodeAct(specOf('vault note-recovery'), {}, place))).toBe('vault note-recovery');
  });

  it('is refused without an argument that it needs', () => {
    expect(() => encodeAct(specOf('ledger set-cap'), { asset: '1' }, place)).toThrowError(
      '--cap is missing; expected most that is taken',
    );
  });
});
