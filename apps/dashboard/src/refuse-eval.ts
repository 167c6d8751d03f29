import { config } from 'zod';

// Schemas compile themselves where they may; the page's policy forbids it, and each try would be reported as a breach. Must be the
// first import: a schema asks when it is made.
config({ jitless: true });
