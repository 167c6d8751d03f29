import { setFlagsFromString } from 'node:v8';

/** By how many percent the heap may outgrow what lives on it before it is collected. */
const HEAP_GROWTH_PERCENT = 25;

/** Keeps the heap close to what lives on it: a burst of posts leaves garbage that V8 would else keep, past 300 MiB. */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
}
