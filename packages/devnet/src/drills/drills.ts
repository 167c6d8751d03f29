import type { Drill } from './incident.js';
import { stageEmptyWallet, stageQuietRelayer, stageStolenOwnerKey } from './line-drills.js';
import { stageChangedToken, stageNarrowCap, stageShortVault, stageUnwantedPayment } from './vault-drills.js';

/** The bad days that can be practised, by name. */
export const DRILLS = {
  'quiet-relayer': { page: '01', stage: stageQuietRelayer },
  'unwanted-payment': { page: '06', stage: stageUnwantedPayment },
  'short-vault': { page: '07', stage: stageShortVault },
  'stolen-owner-key': { page: '09', stage: stageStolenOwnerKey },
  'narrow-cap': { page: '12', stage: stageNarrowCap },
  'empty-wallet': { page: '13', stage: stageEmptyWallet },
  'changed-token': { page: '18', stage: stageChangedToken },
} as const satisfies Record<string, Drill>;
