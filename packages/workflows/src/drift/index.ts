export * from './drift-board.js';
export * from './mute-drifted.js';
export * from './watch-drift.js';
