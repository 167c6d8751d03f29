export { sendSpans } from './send-spans.js';
export { traceEntries } from './trace-entries.js';
