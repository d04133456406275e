import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { get, post, type Wire } from '../api/client';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { count } from '../ui/format';
import { Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { FormDialog } from './FormDialog';
import { Needs } from './Needs';

type Report = Wire['PersonalDataReport'];
type Place = Wire['PersonalDataPlace'];

/** What is kept about one person, and its erasure. */
export function PersonalDataPage() {
  return (
    <Needs right="Administer">
      <PersonalData />
    </Needs>
  );
}

function PersonalData() {
  const { name } = useSearch({ from: '/settings/personal-data' });
  const navigate = useNavigate({ from: '/settings/personal-data' });
  const [text, setText] = useState(name ?? '');
  const report = useQuery({ queryKey: ['personal-data', name], queryFn: ({ signal }) => get('/api/slipway/v1/access/members/{name}/personal-data', { path: { name: name ?? '' }, signal }), enabled: name !== undefined });
  const [erasing, setErasing] = useState(false);
  const [erased, setErased] = useState<{ name: string; report: Report } | null>(null);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Personal data</h1>
          <p className="settings-lead">What is kept under somebody&apos;s name, in every capability and all workspaces; and how to erase it. The event log still verifies afterwards.</p>
        </div>
      </header>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          setErased(null);
          void navigate({ search: { name: text.trim() || undefined } });
        }}
      >
        <input className="input grow settings-name" type="search" aria-label="Name" placeholder="Name: of a member, of somebody removed, or a user that runs were logged under" maxLength={250} value={text} onChange={(event) => setText(event.target.value)} />
        <Button type="submit" look="primary" disabled={text.trim() === ''}>
          Look
        </Button>
      </form>
      {erased?.name === name && erased && (
        <section className="card stack" role="status">
          <h2>Erased</h2>
          <p>This is what was there under the name. The event log tells that one person was erased, and not whose name it was.</p>
          <Places of={erased.report.places ?? []} />
        </section>
      )}
      {name !== undefined && erased?.name !== name && (
        <section className="card stack" aria-labelledby="kept">
          <div className="row between">
            <h2 id="kept">Kept about {name}</h2>
            <Button look="danger" disabled={!report.data} onClick={() => setErasing(true)}>
              Erase...
            </Button>
          </div>
          <Shown of={report}>
            {(found) => (
              <>
                {(found.places ?? []).every((place) => place.found === 0) && <p>Nothing is kept under this name.</p>}
                <Places of={found.places ?? []} />
              </>
            )}
          </Shown>
        </section>
      )}
      {erasing && name !== undefined && report.data && <Erase name={name} places={report.data.places ?? []} onClose={() => setErasing(false)} done={(answer) => setErased({ name, report: answer })} />}
    </>
  );
}

function Places({ of }: { of: readonly Place[] }) {
  return (
    <div className="scroll-x">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col" className="number">
              Found
            </th>
            <th scope="col">An erasure</th>
          </tr>
        </thead>
        <tbody>
          {of.map((place) => (
            <tr key={place.place} className={place.found === 0 ? 'muted' : undefined}>
              <td>
                {capital(place.place ?? '')}
                {(place.examples ?? []).length > 0 && (
                  <details>
                    <summary className="muted">{(place.examples ?? []).length < (place.found ?? 0) ? `the first ${place.examples?.length}` : 'which'}</summary>
                    <ul className="settings-examples mono">
                      {place.examples?.map((example) => (
                        <li key={example}>{example}</li>
                      ))}
                    </ul>
                  </details>
                )}
              </td>
              <td className="number">{count(place.found)}</td>
              <td className={place.erasable ? undefined : 'muted'}>{fate(place)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fate(place: Place): string {
  if (place.erasable) return 'takes it';
  return place.option ? 'takes it if asked to: a person must judge' : 'leaves it: a person must judge';
}

function Erase({ name, places, onClose, done }: { name: string; places: readonly Place[]; onClose: () => void; done: (report: Report) => void }) {
  const [typed, setTyped] = useState('');
  const [texts, setTexts] = useState(false);
  const [artifacts, setArtifacts] = useState(false);
  const queries = useQueryClient();
  const erasing = useMutation({
    mutationFn: () => post('/api/slipway/v1/access/members/{name}/erase', { texts, artifacts }, { path: { name } }),
    meta: { silent: true },
    onSuccess: async (report) => {
      onClose();
      done(report);
      toast('Erased.');
      await Promise.all([['members'], ['personal-data'], ['roles'], ['grants'], ['events']].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  const optional = (option: string) => places.filter((place) => place.option === option).reduce((sum, place) => sum + (place.found ?? 0), 0);
  return (
    <FormDialog title={`Erase ${name}?`} action="Erase for good" danger ready={typed === name} busy={erasing.isPending} wrong={erasing.error} onSubmit={() => erasing.mutate()} onClose={onClose}>
      <p>
        The account goes with its password, tokens, memberships, roles and grants; in events and runs the name is replaced by <code>erased</code>. <strong>This cannot be taken back.</strong>
      </p>
      <p className="muted">Not reached: backups, exported copies of the log and the server&apos;s own text log. Whoever else had this name is erased along.</p>
      <fieldset className="settings-checks column">
        <legend>Also, where the name stands as a word</legend>
        <label className="settings-check">
          <input type="checkbox" checked={texts} onChange={(event) => setTexts(event.target.checked)} />
          <span>
            in names, params and tags of runs, experiments and models <span className="muted">({count(optional('texts'))} found)</span>
          </span>
        </label>
        <label className="settings-check">
          <input type="checkbox" checked={artifacts} onChange={(event) => setArtifacts(event.target.checked)} />
          <span>
            delete artifacts in whose path it stands <span className="muted">({count(optional('artifacts'))} found)</span>
          </span>
        </label>
      </fieldset>
      <Field label={`Type ${name} to confirm`} autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </FormDialog>
  );
}
