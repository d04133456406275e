import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import { meQuery } from '../app/me';
import { Icon } from '../ui/Icon';
import { Shown } from '../ui/States';
import { Needs } from './Needs';
import { findings, type Finding } from './security';
import './security.css';

/** What makes this installation weaker than it need be. */
export function SecurityPage() {
  return (
    <Needs right="Administer">
      <Security />
    </Needs>
  );
}

function Security() {
  const me = useQuery(meQuery).data;
  const review = useQuery({ queryKey: ['access', 'review'], queryFn: ({ signal }) => get('/api/slipway/v1/access/review', { signal }) });
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Security</h1>
          <p className="settings-lead">What was looked at, and what makes this installation weaker than it need be.</p>
        </div>
      </header>
      <Shown of={review}>{(answer) => <List of={findings(answer, me?.single_user === true, me?.others_here === true, location.protocol === 'https:', loopback)} />}</Shown>
      <p className="muted">
        Not seen from here: the machine, its files and keys. <code>slipway doctor</code>, run beside the server, looks at those too.
      </p>
    </>
  );
}

function List({ of }: { of: readonly Finding[] }) {
  const weak = of.filter((one) => one.weak);
  return (
    <>
      <p className="security-sum" role="status">
        {weak.length === 0 ? `${of.length} things were looked at, and none of them is weak.` : `${weak.length} of ${of.length} things that were looked at ${weak.length === 1 ? 'is' : 'are'} weaker than need be.`}
      </p>
      <ul role="list" className="card security-list">
        {[...weak, ...of.filter((one) => !one.weak)].map((one) => (
          <li key={one.what} className={one.weak ? 'weak' : 'fine'}>
            <span className="security-mark">
              <Icon name={one.weak ? 'shield' : 'check'} />
              <span className="visually-hidden">{one.weak ? 'Weak: ' : 'Fine: '}</span>
            </span>
            <div className="stack">
              <strong>{one.what}</strong>
              {one.why && <span>{one.why}</span>}
              {one.named && one.named.length > 0 && (
                <span className="muted">
                  {one.named.slice(0, 8).join(', ')}
                  {one.named.length + (one.more ?? 0) > 8 && ` and ${one.named.length + (one.more ?? 0) - 8} more`}
                </span>
              )}
              {one.mend && (
                <span>
                  {one.mend}{' '}
                  {one.to && (
                    <Link to={one.to} search={one.to === '/settings/tokens' ? { all: true } : {}}>
                      Go there
                    </Link>
                  )}
                </span>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
