import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { patch, post, remove } from '../api/client';
import { useLive } from '../api/live';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { bytes } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Shown } from '../ui/States';
import { toast, toastProblem } from '../ui/Toasts';
import { copy, Time } from '../ui/Value';
import { ReportBody } from './ReportBody';
import { reportQuery, versionsQuery, type Report } from './reports';
import './report.css';

/** One report, its panels live. */
export function ReportPage() {
  const { id } = useParams({ from: '/reports/$id' });
  const { version } = useSearch({ from: '/reports/$id' });
  const report = useQuery(reportQuery(id, version));
  return (
    <div className="page">
      <Shown of={report}>{(found) => <Read report={found} version={version} />}</Shown>
    </div>
  );
}

function Read({ report, version }: { report: Report; version: number | undefined }) {
  const id = report.id ?? '';
  const navigate = useNavigate();
  const queries = useQueryClient();
  const body = useRef<HTMLDivElement>(null);
  const [listing, setListing] = useState(false);
  useLive({ experiments: report.experiment_ids ?? [], installation: true }, (news) => {
    if (news.some((one) => one.type.startsWith('report') || one.type === 'reconnected')) void queries.invalidateQueries({ queryKey: ['report', id] });
  });
  const old = version !== undefined && version !== report.version;
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['report', id] }), queries.invalidateQueries({ queryKey: ['reports'] })]);
  const removing = useMutation({
    mutationFn: () => remove('/api/slipway/v1/reports/{id}', { path: { id } as never }),
    onSuccess: async () => {
      toast(`'${report.title}' is deleted.`);
      await refresh();
      await navigate({ to: '/reports' });
    },
  });
  const restoring = useMutation({ mutationFn: () => post('/api/slipway/v1/reports/{id}/restore', {} as never, { path: { id } as never }), onSuccess: refresh });
  const returning = useMutation({
    mutationFn: () => patch('/api/slipway/v1/reports/{id}', { version: report.version, title: report.title, text: report.text }, { path: { id } as never }),
    onSuccess: async () => {
      toast(`Version ${version} is the newest again.`);
      await refresh();
      await navigate({ to: '/reports/$id', params: { id } });
    },
  });

  return (
    <>
      <header className="page-head">
        <div>
          <Link to="/reports">Reports</Link>
          <h1>{report.title}</h1>
          <p className="muted">
            by {report.author}, version {old ? version : report.version}
            {report.changed_by && report.changed_by !== report.author && ` by ${report.changed_by}`}, <Time at={report.updated_ms} />
          </p>
        </div>
        <span className="row">
          {report.may_change && !old && report.deleted_ms === undefined && (
            <Link className="button primary" to="/reports/$id/edit" params={{ id }}>
              <Icon name="edit" /> Edit
            </Link>
          )}
          <Button onClick={() => void copy(location.href)}>
            <Icon name="copy" /> Copy link
          </Button>
          <Button onClick={() => body.current && void save(report, body.current)}>
            <Icon name="download" /> Export
          </Button>
          <Menu
            square
            title="More actions"
            label={<Icon name="more" />}
            items={[
              { label: 'Versions', onSelect: () => setListing(true) },
              report.may_delete && report.deleted_ms === undefined ? { label: 'Delete', danger: true, onSelect: () => removing.mutate() } : null,
            ]}
          />
        </span>
      </header>
      {report.deleted_ms !== undefined && (
        <div className="report-notice" role="status">
          <span>
            This report was deleted <Time at={report.deleted_ms} />.
          </span>
          {report.may_delete && <Button onClick={() => restoring.mutate()}>Bring back</Button>}
        </div>
      )}
      {old && (
        <div className="report-notice" role="status">
          <span>
            This is version {version}; the newest is {report.version}.
          </span>
          <Link className="button" to="/reports/$id" params={{ id }}>
            Show the newest
          </Link>
          {report.may_change && <Button onClick={() => returning.mutate()}>Make this the newest</Button>}
        </div>
      )}
      <div ref={body}>
        {(report.text ?? '').trim() === '' ? (
          <Empty title="Nothing is written yet">
            {report.may_change && (
              <Link className="button primary" to="/reports/$id/edit" params={{ id }}>
                Write it
              </Link>
            )}
          </Empty>
        ) : (
          <ReportBody text={report.text ?? ''} />
        )}
      </div>
      {listing && <Versions id={id} newest={report.version ?? 1} onClose={() => setListing(false)} />}
    </>
  );
}

/** Writes the report as one file that needs no server and runs nothing. */
async function save(report: Report, body: HTMLElement): Promise<void> {
  try {
    const { exportedReport } = await import('./exportPictures');
    const url = URL.createObjectURL(new Blob([exportedReport(report, body)], { type: 'text/html' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${(report.title ?? 'report').replace(/[^\p{L}\p{N} _-]+/gu, '_').slice(0, 80)}.html`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (problem) {
    toastProblem(problem);
  }
}

function Versions({ id, newest, onClose }: { id: string; newest: number; onClose: () => void }) {
  const versions = useQuery(versionsQuery(id));
  return (
    <Dialog title="Versions" onClose={onClose}>
      <Shown of={versions}>
        {(found) => (
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">By</th>
                <th scope="col">When</th>
                <th scope="col" className="number">
                  Size
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.version}>
                  <td>
                    <Link to="/reports/$id" params={{ id }} search={{ version: one.version === newest ? undefined : one.version }} onClick={onClose}>
                      {one.version}
                      {one.version === newest && ' (newest)'}
                    </Link>
                  </td>
                  <td>{one.author}</td>
                  <td>
                    <Time at={one.at_ms} />
                  </td>
                  <td className="number">{bytes(one.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
    </Dialog>
  );
}
