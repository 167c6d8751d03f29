import { useRef, useState } from 'preact/hooks';
import { whileSigning } from '../leave-guard.js';
import { wordsOf } from '../use-reading.js';
import type { CheckedSteps } from '../wallet/owner-acts.js';

/** An act on its way: chosen, checked, signed, done. `subject` is what the act is about, in words. */
export type ActProgress<Outcome> =
  | { readonly at: 'choosing'; readonly problem?: string }
  | { readonly at: 'checking' }
  | { readonly at: 'checked'; readonly act: CheckedSteps; readonly subject: string }
  | { readonly at: 'signing'; readonly line: string }
  | { readonly at: 'done'; readonly subject: string; readonly outcome: Outcome };

/** Takes one act after another through its check and its signatures. */
export function useCheckedAct<Outcome>(
  carryOut: (act: CheckedSteps, tell: (line: string) => void) => Promise<Outcome>,
) {
  const [progress, go] = useState<ActProgress<Outcome>>({ at: 'choosing' });
  const isBusy = progress.at === 'checking' || progress.at === 'signing';
  return {
    progress,
    isBusy,
    // What leads here is not disabled meanwhile: it would let go of the keyboard.
    refuse: (problem: string) => (isBusy ? undefined : go({ at: 'choosing', problem })),
    choose: async (subject: string, check: () => Promise<CheckedSteps>): Promise<void> => {
      if (isBusy) return;
      go({ at: 'checking' });
      try {
        go({ at: 'checked', act: await check(), subject });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
    sign: async (act: CheckedSteps, subject: string): Promise<void> => {
      go({ at: 'signing', line: 'Asking the wallet' });
      try {
        const outcome = await whileSigning(() => carryOut(act, (line) => go({ at: 'signing', line })));
        go({ at: 'done', subject, outcome });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
  };
}

/** Shows how far an act is, and has each of its steps signed. */
export function ActNews<Outcome>(props: {
  readonly act: Pick<ReturnType<typeof useCheckedAct<Outcome>>, 'progress' | 'sign'>;
  /** Who is asked while it is checked, beside the wallet. */
  readonly asked: string;
  /** Words behind a step's chain. */
  readonly terms?: string;
  readonly saying: (subject: string, outcome: Outcome) => string;
}) {
  const { act, asked, terms = '', saying } = props;
  const { progress, sign } = act;
  const news = useRef<HTMLDivElement>(null);
  return (
    <div ref={news} tabIndex={-1} aria-live="polite">
      {progress.at === 'checking' ? <p class="note">Asking the wallet and {asked}…</p> : null}
      {progress.at === 'choosing' && progress.problem !== undefined ? <p role="alert">{progress.problem}</p> : null}
      {progress.at === 'signing' ? <p>{progress.line}.</p> : null}
      {progress.at === 'done' ? <p>{saying(progress.subject, progress.outcome)}</p> : null}
      {progress.at === 'checked'
        ? progress.act.steps.map(({ title, call }) => (
            <p key={title}>
              {title}, by a call of <code>{call.to}</code> on {progress.act.chain.name}
              {terms}.{' '}
              <button type="button" onClick={() => (news.current?.focus(), void sign(progress.act, progress.subject))}>
                Sign it
              </button>
            </p>
          ))
        : null}
    </div>
  );
}
