import { accountId, address, bytes32, parseAccountId } from '@surety/domain';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Asks for an account by its name or its owner's address, and shows what a view has of it. */
export function ByAccount(props: {
  /** The part of the address behind `#/`. */
  readonly view: string;
  readonly subject: string;
  /** Action of the button. */
  readonly verb: string;
  /** Shown until an account is chosen. */
  readonly note: string;
  readonly show: (account: string) => ComponentChildren;
}) {
  const { view, subject, verb, note, show } = props;
  const [typed, type] = useState(subject);
  const account = accountFromText(subject);
  return (
    <>
      <section>
        <form onSubmit={(event) => (event.preventDefault(), (location.hash = `#/${view}/${typed.trim()}`))}>
          <label>
            Address or account
            <input
              type="text"
              value={typed}
              spellcheck={false}
              autocomplete="off"
              onInput={({ currentTarget }) => type(currentTarget.value)}
            />
          </label>
          <button type="submit">{verb}</button>
        </form>
        {subject !== '' && account === undefined ? (
          <p role="alert">
            “{subject.slice(0, 80)}” is neither; expected 0x and 40 hex digits (an address) or 64 (an account).
          </p>
        ) : null}
        {subject === '' ? <p class="note">{note}</p> : null}
      </section>
      {account === undefined ? null : show(account)}
    </>
  );
}

/** Reads an account's name, or an owner's address for its cross-margin account; undefined for anything else. */
function accountFromText(text: string): string | undefined {
  try {
    if (text.length === 42) return accountId({ owner: address(text), home: 0, sub: 0n });
    return parseAccountId(text).home >= 0 ? bytes32(text) : undefined;
  } catch {
    return undefined;
  }
}
