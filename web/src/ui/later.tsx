import { lazy, useState, type ComponentType } from 'react';

/** A component whose code comes when it is first shown, or before. */
export interface Later<P> extends React.FunctionComponent<P> {
  /** Brings the code. What is shown afterwards is shown at once: React holds back for 300 ms what follows a placeholder. */
  ahead: () => Promise<void>;
}

/** Splits a component off into a file of its own. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  let there: ComponentType<P> | null = null;
  const Lazy = lazy(async () => ({ default: (there ??= await load()) })) as unknown as ComponentType<P>;
  function Component(props: P) {
    // What began as the one stays it: another type would be another component, and lose its state.
    const [Shown] = useState<ComponentType<P>>(() => there ?? Lazy);
    return <Shown {...props} />;
  }
  return Object.assign(Component, {
    ahead: async () => {
      there ??= await load();
    },
  });
}
