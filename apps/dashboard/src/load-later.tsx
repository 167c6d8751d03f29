import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ViewProps } from './page-world.js';

/** Returns a view that is loaded at its first visit: no other view waits for what it needs. */
export function loadLater(load: () => Promise<ComponentType<ViewProps>>): ComponentType<ViewProps> {
  return function LaterView(props: ViewProps) {
    const [Body, show] = useState<ComponentType<ViewProps>>();
    const [isFailed, fail] = useState(false);
    useEffect(
      () =>
        void load().then(
          (loaded) => show(() => loaded),
          () => fail(true),
        ),
      [],
    );
    if (Body !== undefined) return <Body {...props} />;
    return isFailed ? (
      <p role="alert">This view could not be loaded. Load the page again.</p>
    ) : (
      <p class="note">Loading…</p>
    );
  };
}
