import { Link } from '@tanstack/react-router';
import { useLayoutEffect, useRef } from 'react';

/** The parts of a page; on a phone they are wider than the window, and the one that is shown is in view. */
export function Tabs<T extends string>({ label, of, shown, link }: { label: string; of: Readonly<Record<T, string>>; shown: T; link: { to: string; params: Record<string, string> } }) {
  const tabs = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const [all, here] = [tabs.current, tabs.current?.querySelector<HTMLElement>('[aria-current]')];
    if (all && here) all.scrollLeft = here.offsetLeft - all.offsetLeft - (all.clientWidth - here.offsetWidth) / 2;
  }, [shown]);
  return (
    <nav ref={tabs} className="tabs" aria-label={label}>
      {(Object.keys(of) as T[]).map((one) => (
        <Link key={one} to={link.to} params={link.params as never} search={(one === 'overview' ? {} : { tab: one }) as never} aria-current={one === shown ? 'page' : undefined} activeOptions={{ exact: true, includeSearch: true }} resetScroll={false}>
          {of[one]}
        </Link>
      ))}
    </nav>
  );
}
