import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import { Toasts } from '../ui/Toasts';
import { AccountMenu } from '../access/AccountMenu';
import { WorkspaceMenu } from '../access/WorkspaceMenu';
import { useWaiting } from '../gates/approvals';
import { meQuery, useMay } from './me';
import { flipTheme, useTheme } from './theme';

const Palette = lazy(() => import('./Palette'));

const places: readonly { to: string; label: string; icon: IconName; right?: string }[] = [
  { to: '/', label: 'Home', icon: 'home' },
  { to: '/experiments', label: 'Experiments', icon: 'flask' },
  { to: '/models', label: 'Models', icon: 'box' },
  { to: '/endpoints', label: 'Endpoints', icon: 'endpoint' },
  { to: '/approvals', label: 'Approvals', icon: 'check' },
  { to: '/reports', label: 'Reports', icon: 'report' },
  { to: '/settings', label: 'Settings', icon: 'shield' },
  // Last: it comes when it is known who looks, and nothing moves.
  { to: '/jobs', label: 'Jobs', icon: 'clock', right: 'Administer' },
];

/** The frame of every page: where one is, where one can go, who one is. */
export function Shell() {
  const [finding, setFinding] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const nav = useRef<HTMLElement>(null);
  const may = useMay();
  const waiting = useWaiting().count;

  useEffect(() => {
    function key(event: KeyboardEvent): void {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setFinding(true);
    }
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);

  // On a phone there are more places than fit: the one that is shown is in view.
  useEffect(() => {
    const [all, here] = [nav.current, nav.current?.querySelector<HTMLElement>('[aria-current]')];
    if (all && here && all.scrollWidth > all.clientWidth) all.scrollLeft = here.offsetLeft - (all.clientWidth - here.offsetWidth) / 2;
  }, [path, may('Administer')]);

  return (
    <div className="shell">
      <a className="button shell-skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to the content
      </a>
      <header className="shell-bar">
        <Link to="/" className="shell-brand" aria-label="Slipway, home">
          <img src="/assets/slipway.svg" alt="" width={28} height={28} /> <span>Slipway</span>
        </Link>
        <Button className="shell-find" onClick={() => setFinding(true)} aria-keyshortcuts="Control+K Meta+K">
          <Icon name="search" />
          <span>Find anything</span>
          <kbd aria-hidden="true">Ctrl K</kbd>
        </Button>
        <Account />
      </header>
      <nav ref={nav} className="shell-nav" aria-label="Main">
        {places.filter((place) => place.right === undefined || may(place.right)).map((place) => {
          const here = place.to === '/' ? path === '/' : path.startsWith(place.to);
          return (
            <Link key={place.to} to={place.to} aria-current={here ? 'page' : undefined}>
              <Icon name={place.icon} />
              {place.label}
              {place.to === '/approvals' && waiting > 0 && (
                <span className="shell-count">
                  {waiting > 99 ? '99+' : waiting} <span className="visually-hidden">waiting for you</span>
                </span>
              )}
            </Link>
          );
        })}
      </nav>
      <main id="main" ref={main} className="shell-main" tabIndex={-1}>
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
      {finding && (
        <Suspense>
          <Palette onClose={() => setFinding(false)} />
        </Suspense>
      )}
      <Toasts />
    </div>
  );
}

function Account() {
  const me = useQuery(meQuery).data;
  const theme = useTheme();
  return (
    <div className="row">
      <WorkspaceMenu />
      <Button look="plain" square onClick={flipTheme} aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'} title={theme === 'dark' ? 'Light colours' : 'Dark colours'}>
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </Button>
      {me?.single_user ? (
        <Link to="/settings" className="pill warn shell-mode" title="Nobody is asked for a password, and whoever reaches this port may do everything.">
          <span>
            Single<span className="long">-user mode</span>
          </span>
        </Link>
      ) : (
        me?.name && (
          <AccountMenu name={me.name} />
        )
      )}
    </div>
  );
}
