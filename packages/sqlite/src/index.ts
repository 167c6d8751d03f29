export * from './hold-file.js';
export * from './is-file-held.js';
export * from './open-sqlite-file.js';
