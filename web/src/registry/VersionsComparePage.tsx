import { useQueries } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button } from '../ui/Button';
import { number } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { Copyable, Time } from '../ui/Value';
import { chosenRows, sideBySide, type Row } from '../compare/differences';
import { runQuery } from '../tracking/runs';
import { bestOf, columnsOf, sections, type ComparedVersion, type Section } from './comparison';
import { evaluationsQuery } from './evaluations';
import { packageQuery, versionQuery } from './models';
import { chosenVersions } from './search';
import { SlotName, VersionLink } from './SlotChip';
import './comparison.css';

/** Rows of a part that are drawn. */
const rowsMax = 500;

/** Versions of a model beside each other: what they scored, were told, take and give, were trained on, and are made of. */
export function VersionsComparePage() {
  const { name } = useParams({ from: '/models/$name/compare' });
  const { versions: list, alike, q = '' } = useSearch({ from: '/models/$name/compare' });
  const navigate = useNavigate({ from: '/models/$name/compare' });
  const wanted = chosenVersions(list);
  const versions = useQueries({ queries: wanted.map((version) => versionQuery(name, version)) });
  const packages = useQueries({ queries: wanted.map((version) => packageQuery(name, version)) });
  const ids = [...new Set(versions.flatMap(({ data }) => (data?.run_id ? [data.run_id] : [])))];
  const runs = useQueries({ queries: ids.map((id) => ({ ...runQuery(id), retry: false })) });
  const runOf = (id: string | undefined) => runs[ids.indexOf(id ?? '')]?.data;
  const scored = useQueries({ queries: wanted.map((version) => evaluationsQuery(name, version)) });
  const failed = versions.find((one) => one.error);
  const pending = versions.some((one) => one.isPending) || packages.some((one) => one.isPending) || runs.some((one) => one.isLoading);

  return (
    <div className="page full">
      <header className="page-head">
        <div>
          <nav aria-label="Place" className="registry-place">
            <Link to="/models">Models</Link> /{' '}
            <Link to="/models/$name" params={{ name }}>
              {name}
            </Link>
          </nav>
          <h1>Compare {wanted.length > 0 ? `${wanted.length} versions` : 'versions'}</h1>
        </div>
      </header>
      {wanted.length === 0 ? (
        <Empty title="Nothing to compare yet">
          <p>
            Choose versions in the <Link to="/models/$name" params={{ name }} search={{ tab: 'versions' }}>table of versions</Link> and press Compare.
          </p>
        </Empty>
      ) : failed ? (
        <Failed problem={failed.error} retry={() => void failed.refetch()} />
      ) : pending ? (
        <Loading lines={8} height="2.5rem" />
      ) : (
        <>
          <div className="row" role="toolbar" aria-label="Rows">
            <input className="input grow" type="search" aria-label="Find" placeholder="Find a name or value" value={q} onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true, resetScroll: false })} />
            <Button aria-pressed={alike !== true} onClick={() => void navigate({ search: (before) => ({ ...before, alike: alike ? undefined : true }), resetScroll: false })}>
              Only what differs
            </Button>
          </div>
          <Table name={name} of={versions.map((version, index) => ({ version: version.data!, package: packages[index]?.data, run: runOf(version.data!.run_id), scored: scored[index]?.data?.evaluations }))} alike={alike === true} text={q} without={(version) => void navigate({ search: (before) => ({ ...before, versions: wanted.filter((one) => one !== version).join(',') || undefined }) })} />
        </>
      )}
    </div>
  );
}

function Table({ name, of, alike, text, without }: { name: string; of: readonly ComparedVersion[]; alike: boolean; text: string; without: (version: string) => void }) {
  return (
    <div className="comparison card" tabIndex={0} role="group" aria-label="Versions side by side">
      <table className="data">
        <thead>
          <tr>
            <th scope="col" className="comparison-key">
              <span className="visually-hidden">What</span>
            </th>
            {of.map(({ version }) => (
              <th key={version.version} scope="col">
                <span className="row">
                  <VersionLink name={name} version={version.version ?? ''} />
                  {(version.aliases ?? []).slice(0, 2).map((alias) => (
                    <SlotName key={alias} slot={{ kind: 'alias', name: alias }} />
                  ))}
                  {version.current_stage && version.current_stage !== 'None' && <SlotName slot={{ kind: 'stage', name: version.current_stage }} />}
                  {of.length > 1 && (
                    <Button look="plain" aria-label={`Leave out version ${version.version}`} title="Leave out" onClick={() => without(version.version ?? '')}>
                      ×
                    </Button>
                  )}
                </span>
                <span className="muted comparison-made">
                  <Time at={version.creation_timestamp} />
                </span>
              </th>
            ))}
          </tr>
        </thead>
        {sections.map((section) => (
          <Part key={section.title} section={section} of={of} alike={alike} text={text} />
        ))}
      </table>
    </div>
  );
}

function Part({ section, of, alike, text }: { section: Section; of: readonly ComparedVersion[]; alike: boolean; text: string }) {
  const all = sideBySide(columnsOf(section, of));
  const rows = chosenRows(all, alike || of.length < 2, text);
  return (
    <tbody>
      <tr className="comparison-part">
        <th scope="rowgroup" colSpan={of.length + 1}>
          {section.title}{' '}
          <span className="muted">{all.length === 0 ? 'none' : rows.length === all.length ? '' : rows.length === 0 && text === '' ? `all ${all.length} alike` : `${rows.length} of ${all.length}`}</span>
        </th>
      </tr>
      {rows.slice(0, rowsMax).map((row) => (
        <Line key={row.key} row={row} isNumber={section.isNumber === true} marked={alike && row.differs} />
      ))}
      {rows.length > rowsMax && (
        <tr>
          <td colSpan={of.length + 1} className="muted">
            {rows.length - rowsMax} more: type a part of a name above.
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Line({ row, isNumber, marked }: { row: Row; isNumber: boolean; marked: boolean }) {
  const [most, least] = isNumber ? bestOf(row.values) : [undefined, undefined];
  return (
    <tr>
      <th scope="row" className="comparison-key">
        {row.key}
      </th>
      {row.values.map((value, index) => (
        <td key={index} className={[marked && 'differs', isNumber && 'number'].filter(Boolean).join(' ') || undefined}>
          {value === undefined ? (
            <span className="muted">–</span>
          ) : (
            <Copyable text={value} title={`${value.slice(0, 2000)}\nA click copies it.`}>
              {isNumber ? number(value) : value.length > 160 ? `${value.slice(0, 159)}…` : value === '' ? '(empty)' : value}
            </Copyable>
          )}
          {value !== undefined && row.differs && (value === most ? <small className="muted"> highest</small> : value === least ? <small className="muted"> lowest</small> : null)}
        </td>
      ))}
    </tr>
  );
}
