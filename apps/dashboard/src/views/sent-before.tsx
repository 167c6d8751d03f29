import { formatSpan } from '../format.js';
import type { SentCalls } from '../wallet/sent-calls.js';

/** Lists what a wallet was asked to send, and whose end no page has seen; says so where the browser keeps no such list. */
export function SentBefore(props: {
  readonly sent: SentCalls;
  readonly nowMs: number;
  /** Called once a call was forgotten. */
  readonly changed: () => void;
}) {
  const { sent, nowMs, changed } = props;
  const calls = sent.stillOpen();
  return (
    <>
      {sent.isKept ? null : (
        <p class="note">
          This browser keeps nothing for this page: what is sent when you leave it is to be looked for in the wallet.
        </p>
      )}
      {calls.length === 0 ? null : (
        <section aria-label="Sent before" class="banner warn">
          <strong>The wallet was asked for this before, and its end was not seen here.</strong> Look at it in the wallet
          before you check the same again.
          <ul>
            {calls.map(({ title, chain, hash, askedAtMs }) => (
              <li key={askedAtMs}>
                {title}, on {chain.name}, {formatSpan((nowMs - askedAtMs) / 1_000)} ago:{' '}
                {hash === undefined ? 'the wallet had not answered' : <code>{hash}</code>}{' '}
                <button type="button" onClick={() => (sent.forget(askedAtMs), changed())}>
                  I have looked
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
