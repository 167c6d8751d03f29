// What margins are computed with: whole numbers, fixed-point functions and products of 18 decimals.
export * from './number/division.js';
export * from './portfolio/wad.js';
export * from './pricing/elementary.js';
export * from './pricing/fixed-point.js';
