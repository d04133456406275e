import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef } from 'react';
import { meQuery } from '../app/me';
import { Loading } from '../ui/States';
import { has } from './Needs';
import { parts } from './places';
import './settings.css';

/** The frame of the settings: what one can set, and what one set last. */
export function SettingsPage() {
  const who = useQuery(meQuery).data;
  const path = useRouterState({ select: (state) => state.location.pathname });
  const nav = useRef<HTMLElement>(null);
  // On a phone the places are one line that scrolls: where one is stays in sight.
  useEffect(() => {
    const list = nav.current;
    const here = list?.querySelector<HTMLElement>('[aria-current]');
    if (list && here) list.scrollLeft = here.offsetLeft - list.offsetLeft - 16;
  }, [path, who]);
  return (
    <div className="settings">
      <nav ref={nav} className="settings-nav" aria-label="Settings">
        {parts.map((part) => {
          const places = part.places.filter((place) => place.right === undefined || who === undefined || has(who, place.right));
          return places.length === 0 ? null : (
            <div key={part.title} role="group" aria-label={part.title}>
              <span className="settings-part" aria-hidden="true">
                {part.title}
              </span>
              {places.map((place) => (
                <Link key={place.to} to={place.to} activeOptions={{ exact: place.to === '/settings', includeSearch: false }}>
                  {place.label}
                </Link>
              ))}
            </div>
          );
        })}
      </nav>
      <div className="page settings-page">
        <Suspense fallback={<Loading lines={6} />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
