import type { StepName } from './steps-of-check.js';

/** Files that an offence writes, each from the text that it has. */
type Change = Readonly<Record<string, (text: string) => string>>;

/** An offence that is planted in a copy of the tree. */
export interface Plant {
  readonly name: string;
  /** The step that must see it. */
  readonly step: StepName;
  /** Words that its report must hold. */
  readonly seen: string;
  readonly change: Change;
}

/** Names a workspace in another's package.json, and imports it: the two lines an arrow needs. */
const arrow = (from: string, to: string): Change => ({
  [`${from}/package.json`]: (text) => {
    const manifest = JSON.parse(text) as { readonly dependencies?: object };
    const dependencies = { ...manifest.dependencies, [to]: '0.1.0' };
    return `${JSON.stringify({ ...manifest, dependencies }, null, 2)}\n`;
  },
  [`${from}/src/planted.ts`]: () => `import '${to}';\n`,
});
const file = (name: string, text: string): Change => ({ [name]: () => text });
const edit = (name: string, change: (text: string) => string): Change => ({ [name]: change });

/** Each offence that `npm run check` must see. */
export const plants: readonly Plant[] = [
  {
    name: 'domain imports @surety/chain without declaring it',
    step: 'boundaries',
    seen: 'cannot import package `@surety/chain`',
    change: file('packages/domain/src/planted.ts', "import '@surety/chain';\n"),
  },
  {
    name: 'domain declares and imports @surety/chain',
    step: 'boundaries',
    seen: 'allowlist',
    change: arrow('packages/domain', '@surety/chain'),
  },
  {
    name: 'an adapter (prices) imports another (chain)',
    step: 'boundaries',
    seen: 'allowlist',
    change: arrow('packages/prices', '@surety/chain'),
  },
  {
    name: 'relayer reaches the key that signs heads',
    step: 'boundaries',
    seen: 'allowlist',
    change: arrow('apps/relayer', '@surety/attestation'),
  },
  {
    name: 'an adapter that holds no key (prices) reaches keys',
    step: 'boundaries',
    seen: 'allowlist',
    change: arrow('packages/prices', '@surety/keys'),
  },
  {
    name: 'the aggregator reaches private keys by the first door of keys',
    step: 'tidy',
    seen: "apps/aggregator/src/planted.ts:1 import '@surety/keys';",
    change: file('apps/aggregator/src/planted.ts', "import '@surety/keys';\n"),
  },
  {
    name: 'the clock imported past the port',
    step: 'tidy',
    seen: 'packages/chain/src/planted.ts:1 import systemClock',
    change: file(
      'packages/chain/src/planted.ts',
      "import { systemClock } from '@surety/process';\nvoid systemClock;\n",
    ),
  },
  {
    name: 'an app names a package its row of the table lacks',
    step: 'tidy',
    seen: '@surety/devnet depends on @surety/transactions',
    change: arrow('packages/devnet', '@surety/transactions'),
  },
  {
    name: 'a port of workflows imports a room above it',
    step: 'tidy',
    seen: 'ports imports attest',
    change: file('packages/workflows/src/ports/planted.ts', "import type {} from '../attest/errors.js';\n"),
  },
  {
    name: 'a lost promise in workflows',
    step: 'lint',
    seen: 'no-floating-promises',
    change: file(
      'packages/workflows/src/planted.ts',
      'async function load(): Promise<void> {\n  await Promise.resolve();\n}\nload();\n',
    ),
  },
  {
    name: 'an import cycle in margin',
    step: 'lint',
    seen: 'no-cycle',
    change: {
      ...file('packages/margin/src/planted.ts', "import { b } from './planted-too.js';\nexport const a = () => b();\n"),
      ...file('packages/margin/src/planted-too.ts', "import { a } from './planted.js';\nexport const b = () => a();\n"),
    },
  },
  {
    name: 'Date.now in domain',
    step: 'lint',
    seen: 'no-restricted-properties',
    change: file('packages/domain/src/planted.ts', 'console.log(Date.now());\n'),
  },
  {
    name: 'Date.now in an adapter',
    step: 'tidy',
    seen: 'packages/chain/src/planted.ts:2 Date.now',
    change: file('packages/chain/src/planted.ts', '/** The time. */\nexport const time = Date.now();\n'),
  },
  {
    name: 'a bare / on bigint in margin',
    step: 'tidy',
    seen: 'a / b divides a bigint',
    change: file(
      'packages/margin/src/planted.ts',
      '/** A half. */\nexport const half = (a: bigint, b: bigint) => a / b;\n',
    ),
  },
  {
    name: 'an export without a docstring',
    step: 'tidy',
    seen: 'planted has no docstring',
    change: {
      ...file('packages/margin/src/planted.ts', 'export const planted = 1;\n'),
      ...edit('packages/margin/src/index.ts', (text) => `${text}export * from './planted.js';\n`),
    },
  },
  {
    name: 'an export that nothing uses',
    step: 'dead-code',
    seen: 'packages/margin/src/planted.ts',
    change: file('packages/margin/src/planted.ts', '/** One. */\nexport const planted = 1;\n'),
  },
  {
    name: 'a type error',
    step: 'types',
    seen: 'packages/margin/src/planted.ts(2,14)',
    change: file('packages/margin/src/planted.ts', "/** One. */\nexport const planted: bigint = 'one';\n"),
  },
  {
    name: 'a kind of fact that the fold does not decide on',
    step: 'types',
    seen: 'packages/workflows/src/ledger-projection/collateral-state.ts',
    change: edit('packages/workflows/src/ledger-projection/ledger-fact.ts', (text) =>
      text.replace(
        '  | RefundUndoneFact;',
        "  | RefundUndoneFact\n  | { readonly kind: 'planted'; readonly source: number };",
      ),
    ),
  },
  {
    name: 'a badly formatted file',
    step: 'format',
    seen: 'packages/margin/src/planted.ts',
    change: file('packages/margin/src/planted.ts', '/** One. */\nexport const planted = "one"\n'),
  },
  {
    name: 'a storage slot that moved',
    step: 'contracts',
    seen: '+ AttesterSet: slot 0 byte 0: uint256 _planted',
    change: edit('packages/contracts/solidity/attesters/AttesterSet.sol', (text) =>
      text.replace(/^( *mapping\([^;]*_epochs;)/m, '    uint256 private _planted;\n$1'),
    ),
  },
  {
    name: 'a generated ABI that somebody edited',
    step: 'generated',
    seen: 'packages/contracts/src/generated/role-holder.abi.ts is not what the sources give',
    change: edit('packages/contracts/src/generated/role-holder.abi.ts', (text) => text.replace('"view"', '"pure"')),
  },
  {
    name: 'an unchecked call',
    step: 'solidity-lint',
    seen: 'Planted.sol',
    change: file(
      'packages/contracts/solidity/Planted.sol',
      '// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\n\ncontract Planted {\n    function pay(address to) external {\n        to.call("");\n    }\n}\n',
    ),
  },
  {
    name: 'two versions of one package',
    step: 'manifests',
    seen: 'fast-check',
    change: edit('packages/margin/package.json', (text) =>
      text.replace(/"fast-check": "[^"]+"/, '"fast-check": "4.10.1"'),
    ),
  },
  {
    name: 'a lock without a platform binding',
    step: 'lock',
    seen: '@turbo/darwin-arm64',
    change: edit('package-lock.json', (text) => {
      const lock = JSON.parse(text) as { readonly packages: Record<string, unknown> };
      delete lock.packages['node_modules/@turbo/darwin-arm64'];
      return JSON.stringify(lock, null, 2);
    }),
  },
  {
    name: 'a lock without the copy of a package that a workspace loads',
    step: 'install',
    seen: 'Missing: @noble/hashes@2.4.0 from lock file',
    change: edit('package-lock.json', (text) => {
      const lock = JSON.parse(text) as { readonly packages: Record<string, unknown> };
      delete lock.packages['packages/config/node_modules/@noble/hashes'];
      return JSON.stringify(lock, null, 2);
    }),
  },
];
