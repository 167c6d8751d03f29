export * from './judge-posting.js';
export * from './make-reports.js';
export * from './relay-reports.js';
export * from './report-shelf.js';
