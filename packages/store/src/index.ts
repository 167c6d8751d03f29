export * from './collateral-store.js';
export * from './errors.js';
export * from './hold-folder.js';
export * from './database-intake-store.js';
export * from './intake-views.js';
export { nextTurn } from './next-turn.js';
export * from './open-store.js';
export * from './payment-store.js';
export type { StoreSnapshot } from './store-snapshot.js';
