import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Needs } from '../access/Needs';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { Time, useNow } from '../ui/Value';
import { approvalsQuery, states, useWaiting, type ApprovalRequest } from './approvals';
import { leftText, needTexts, noneTexts, stateLook, stateTitles } from './approvalWords';
import { DecideDialog } from './DecideDialog';
import { slotName } from './gates';
import './gates.css';

/** Requests that a version may go somewhere: those that wait for who looks, and all others. */
export function ApprovalsPage() {
  return (
    <div className="page">
      <Needs right="ReadModels">
        <Inbox />
      </Needs>
    </div>
  );
}

function Inbox() {
  const { state = 'waiting', model } = useSearch({ from: '/approvals' });
  const navigate = useNavigate({ from: '/approvals' });
  const waiting = useWaiting();
  const pages = useInfiniteQuery(approvalsQuery(state, model));
  const requests = useMemo(() => pages.data?.pages.flatMap((page) => page.requests) ?? [], [pages.data]);
  const [deciding, setDeciding] = useState<{ of: ApprovalRequest; what: 'approve' | 'reject' } | null>(null);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Approvals</h1>
          <p className="muted">Who asks that a version may go where a policy wants people to say yes.</p>
        </div>
      </header>
      <nav className="tabs" aria-label="State">
        {states.map((one) => (
          <Link key={one} to="/approvals" search={{ state: one === 'waiting' ? undefined : one, model }} aria-current={one === state ? 'page' : undefined} activeOptions={{ exact: true, includeSearch: true }}>
            {stateTitles[one]}
            {one === 'waiting' && waiting.count > 0 && <span className="gates-count">{waiting.count}</span>}
          </Link>
        ))}
      </nav>
      {model !== undefined && (
        <p className="row">
          Of the model <strong>{model}</strong>
          <Button look="plain" onClick={() => void navigate({ search: (before) => ({ ...before, model: undefined }) })}>
            <Icon name="close" size={12} /> All models
          </Button>
        </p>
      )}
      {pages.error && !pages.data && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={3} height="6rem" />}
      {pages.data && requests.length === 0 && (
        <section className="card">
          <Empty title={state === 'waiting' ? 'Nothing waits for you' : 'None'}>
            <p>{noneTexts[state]}</p>
          </Empty>
        </section>
      )}
      <ul role="list" className="gates-requests" aria-label={stateTitles[state]}>
        {requests.map((one) => (
          <Request key={one.id} of={one} decide={(what) => setDeciding({ of: one, what })} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <p>
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Older ones
          </Button>
        </p>
      )}
      {deciding && <DecideDialog {...deciding} onClose={() => setDeciding(null)} />}
    </>
  );
}

function Request({ of, decide }: { of: ApprovalRequest; decide: (what: 'approve' | 'reject') => void }) {
  const now = useNow();
  const left = leftText(of, now);
  const { look, text } = stateLook(of.state);
  const title = `${of.model} version ${of.version} to ${slotName(of)}`;
  return (
    <li className="card gates-request">
      <div className="gates-what">
        <h2>
          <Link to="/approvals/$id" params={{ id: String(of.id) }}>
            {of.model} <span className="gates-version">version {of.version}</span> <Icon name="right" size={12} /> {slotName(of)}
          </Link>
        </h2>
        <p className="row gates-facts">
          <span className={`pill ${look}`}>{text}</span>
          {needTexts(of).map((need) => (
            <span key={need} className="pill">
              {need}
            </span>
          ))}
          <span className="muted">
            asked by {of.asked_by} <Time at={of.asked_ms} />
          </span>
          {left && <span className={left.soon ? 'gates-soon' : 'muted'}>{left.text}</span>}
          {of.closed_ms !== undefined && (
            <span className="muted">
              closed{of.closed_by && ` by ${of.closed_by}`} <Time at={of.closed_ms} />
            </span>
          )}
        </p>
        {of.comment && <p className="gates-comment">{of.comment}</p>}
      </div>
      <div className="row gates-acts">
        {of.may_approve ? (
          <>
            <Button look="primary" aria-label={`Approve ${title}`} onClick={() => decide('approve')}>
              <Icon name="check" /> Approve
            </Button>
            <Button look="danger" aria-label={`Reject ${title}`} onClick={() => decide('reject')}>
              Reject
            </Button>
          </>
        ) : (
          of.state === 'open' && of.may_not_because && <span className="muted gates-why">{of.may_not_because}</span>
        )}
      </div>
    </li>
  );
}
