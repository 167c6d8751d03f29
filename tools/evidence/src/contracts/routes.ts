// The tables of routes, solidity/ledger/LedgerRoutes.sol and solidity/vault/VaultRoutes.sol: which module answers a function.
import path from 'node:path';
import { modules } from './compiled.js';

/** A contract that passes calls on to modules. */
export type Core = keyof typeof modules;

/** A function that a module answers. */
export interface Route {
  readonly selector: number;
  /** From 1, in the order in which the core's constructor takes them. */
  readonly module: number;
}

/** Cells of a table, four bits each: four words. */
const CELLS = 256;
const CELLS_IN_A_WORD = 64;
const WORDS = CELLS / CELLS_IN_A_WORD;
/** Most factors that are tried; about one in a thousand serves. */
const FACTORS_MAX = 10_000_000;
/** The core answers it for itself, as each module does. */
const OWN = new Set(['initHash()']);

const prefixOf = (core: Core): string => core.replace('Collateral', '');

/** Where a core's table lies, from this package. */
export const routesFile = (core: Core): string =>
  path.join('solidity', prefixOf(core).toLowerCase(), `${prefixOf(core)}Routes.sol`);

/** Returns the cell of a selector, as `moduleOf` finds it. */
const cellOf = (selector: number, factor: number): number => Math.imul(selector, factor) >>> 24;

/** Returns the first factor under which no two modules share a cell, and the modules' numbers by cell. */
export function placeRoutes(
  routes: readonly Route[],
  factorsMax = FACTORS_MAX,
): { readonly factor: number; readonly cells: readonly number[] } {
  for (let factor = 1; factor < factorsMax; factor += 2) {
    const cells = Array.from({ length: CELLS }, () => 0);
    const fits = routes.every(({ selector, module }) => {
      const cell = cellOf(selector, factor);
      if (cells[cell] !== 0 && cells[cell] !== module) return false;
      cells[cell] = module;
      return true;
    });
    if (fits) return { factor, cells };
  }
  throw new Error(
    `no factor below ${factorsMax} keeps the modules of ${routes.length} functions apart; use more cells`,
  );
}

/** Returns the text of a core's table; `functionsOf` gives a contract's selectors by signature. */
export function routesOf(core: Core, functionsOf: (name: string) => Readonly<Record<string, string>>): string {
  const own = new Set(Object.keys(functionsOf(core)));
  const routes = modules[core].flatMap((name, at) =>
    Object.entries(functionsOf(name))
      .filter(([signature]) => !OWN.has(signature) && !own.has(signature))
      .map(([, selector]) => ({ selector: Number.parseInt(selector, 16), module: at + 1 })),
  );
  const { factor, cells } = placeRoutes(routes);
  const words = Array.from({ length: WORDS }, (_, word) => {
    const part = cells.slice(word * CELLS_IN_A_WORD, (word + 1) * CELLS_IN_A_WORD);
    return `0x${part
      .toReversed()
      .map((module) => module.toString(16))
      .join('')}`;
  });
  const name = `${prefixOf(core)}Routes`;
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a \`${core}\` answers a function
/// @notice ${modules[core].map((module, at) => `${at + 1}: \`${module}\``).join(', ')}.
/// @dev Written by \`contracts:check -- --write\` from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with \`FACTOR\`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library ${name} {
    uint256 internal constant COUNT = ${modules[core].length};
    uint256 private constant FACTOR = ${factor};
${words.map((word, at) => `    uint256 private constant CELLS_${at} = ${word};`).join('\n')}

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}
`;
}
