import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Icon } from '../ui/Icon';
import { Shown } from '../ui/States';
import { Needs } from './Needs';
import { reviewQuery } from './review';
import { findings, severities, summary, type Finding } from './security';
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
  const review = useQuery(reviewQuery);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Security</h1>
          <p className="settings-lead">
            What was looked at, and what makes this installation weaker than it need be. <code>slipway doctor</code>, run beside the server, says the same and looks at the machine too.
          </p>
        </div>
      </header>
      <Shown of={review}>{(items) => <List of={findings(items)} />}</Shown>
    </>
  );
}

function List({ of }: { of: readonly Finding[] }) {
  return (
    <>
      <p className="security-sum" role="status">
        {summary(of)}
      </p>
      <ul role="list" className="card security-list">
        {of.map((one) => (
          <One key={one.id} finding={one} />
        ))}
      </ul>
    </>
  );
}

function One({ finding }: { finding: Finding }) {
  const { label, look } = severities.find((one) => one.severity === finding.severity)!;
  const sound = finding.severity === 'ok';
  return (
    <li className={sound ? 'fine' : 'weak'}>
      <span className={`security-mark ${look}`}>
        <Icon name={sound ? 'check' : 'shield'} />
      </span>
      <div className="stack">
        <span className="row">
          <strong>{finding.title}</strong> <span className={`pill ${look}`}>{label}</span>
        </span>
        <span>{finding.what}</span>
        {finding.why && <span className="muted">{finding.why}</span>}
        {finding.mend && (
          <span>
            <strong>Mend it:</strong> {finding.mend}
          </span>
        )}
        {finding.to && (
          <Link to={finding.to} search={finding.to === '/settings/tokens' ? { all: true } : {}}>
            Do it here
          </Link>
        )}
        {!sound && finding.docs && <span className="muted">More in {finding.docs}</span>}
      </div>
    </li>
  );
}
