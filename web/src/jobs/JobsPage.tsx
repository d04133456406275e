import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Needs } from '../access/Needs';
import { Failures } from './Failures';
import { JobDialog } from './JobDialog';
import { JobsList } from './JobsList';
import { queuesQuery } from './jobs';
import { Queues } from './Queues';
import { Schedules } from './Schedules';
import { Loading, Shown } from '../ui/States';
import './jobs.css';

const tabs = [
  { tab: undefined, label: 'Jobs' },
  { tab: 'failures', label: 'Failed attempts' },
  { tab: 'schedules', label: 'Schedules' },
] as const;

/** What the server does later or again: queues, jobs, failures, schedules. */
export function JobsPage() {
  return (
    <div className="page">
      <Needs right="Administer">
        <Jobs />
      </Needs>
    </div>
  );
}

function Jobs() {
  const { tab, job } = useSearch({ from: '/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const queues = useQuery(queuesQuery);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Jobs</h1>
          <p className="muted">What the server does later or again: deliveries, evaluations, promotions, and its own upkeep.</p>
        </div>
      </header>
      <Shown of={queues} loading={<Loading lines={4} height="2rem" />}>
        {(found) => <Queues queues={found} />}
      </Shown>
      <nav className="tabs" aria-label="Parts">
        {tabs.map((one) => (
          <Link key={one.label} to="/jobs" search={(before) => ({ kind: before.kind, tab: one.tab })} aria-current={one.tab === tab ? 'page' : undefined} activeOptions={{ exact: true, includeSearch: true }} resetScroll={false}>
            {one.label}
          </Link>
        ))}
      </nav>
      {tab === 'failures' ? <Failures /> : tab === 'schedules' ? <Schedules /> : <JobsList kinds={(queues.data ?? []).map((one) => one.kind)} />}
      {job !== undefined && <JobDialog id={job} onClose={() => void navigate({ search: (before) => ({ ...before, job: undefined }), resetScroll: false })} />}
    </>
  );
}
