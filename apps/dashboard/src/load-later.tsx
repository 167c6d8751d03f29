import { type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Returns a part of the page that is loaded when it is first shown: nothing else waits for what it needs. */
export function loadLater<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return function LaterPart(props: Props) {
    const [Body, show] = useState<ComponentType<Props>>();
    const [isFailed, fail] = useState(false);
    useEffect(
      () =>
        void load().then(
          (loaded) => show(() => loaded),
          () => fail(true),
        ),
      [],
    );
    if (Body !== undefined) return h(Body, props);
    return isFailed ? (
      <p role="alert">This part could not be loaded. Load the page again.</p>
    ) : (
      <p class="note">Loading…</p>
    );
  };
}
