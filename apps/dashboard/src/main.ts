import './refuse-eval.js';
import { createAggregatorClient } from '@surety/client';
import { h, render } from 'preact';
import { Page } from './page.jsx';
import type { PageWorld } from './page-world.js';

/** Milliseconds for one answer: a margin may ask a quorum of providers. */
const ANSWER_WITHIN_MS = 15_000;

const named = document.querySelector<HTMLMetaElement>('meta[name="surety-aggregator"]')?.content ?? '';
// The page lies one folder below its aggregator.
const url = named === '' ? new URL('..', document.baseURI).href : named;
const world: PageWorld = {
  client: createAggregatorClient({ url, timeoutMs: ANSWER_WITHIN_MS }),
  nowMs: () => Date.now(),
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};
const root = document.getElementById('page');
if (root !== null) {
  root.replaceChildren();
  render(h(Page, { world }), root);
}
