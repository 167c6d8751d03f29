export * from './entry-supply.js';
export * from './find-replica-gap.js';
export * from './fold-cursor.js';
export * from './fold-errors.js';
export * from './journal-entry-source.js';
export * from './keep-looking.js';
export * from './replica-fact.js';
export * from './replica-rewind.js';
