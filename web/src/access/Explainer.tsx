import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { meQuery, useMay } from '../app/me';
import { experiment } from '../tracking/experiments';
import { Chooser } from '../ui/Chooser';
import { Shown } from '../ui/States';
import { explainQuery } from './access';
import { findExperiments, findMembers } from './choices';
import { Why } from './Why';

const findAnybody = findMembers(['person', 'service', 'group']);

/** "Why can X see Y?": a member, an experiment or none, and every role, grant and denial that has a say. */
export function Explainer() {
  const { who, experiment: root } = useSearch({ from: '/settings/roles' });
  const navigate = useNavigate({ from: '/settings/roles' });
  const may = useMay();
  const me = useQuery(meQuery).data;
  const named = useQuery({ ...experiment(root ?? ''), enabled: root !== undefined }).data;
  const name = who ?? me?.name ?? '';
  const answer = useQuery(explainQuery(name, root));
  const subject = name === me?.name ? 'You' : name;
  return (
    <section className="card stack" aria-labelledby="explainer">
      <h2 id="explainer">Why can somebody see something?</h2>
      <div className="grid">
        {may('ManageMembers') ? (
          <Chooser
            label="Who"
            placeholder="Name of a member or group"
            chosen={name === '' ? null : { id: name, name }}
            of="anybody"
            find={findAnybody}
            onChoose={(choice) => void navigate({ search: (before) => ({ ...before, who: choice?.id ?? '' }), replace: true })}
          />
        ) : (
          <div className="field">
            <span>Who</span>
            <div>You. Admins of the workspace may ask about others.</div>
          </div>
        )}
        <Chooser
          label="Which experiment"
          placeholder="Name of an experiment, or none for the workspace"
          chosen={root === undefined ? null : { id: root, name: named?.name ?? `Experiment ${root}` }}
          of="experiments"
          find={findExperiments}
          onChoose={(choice) => void navigate({ search: (before) => ({ ...before, experiment: choice?.id }), replace: true })}
        />
      </div>
      {name !== '' && (
        <>
          <p>
            <strong>
              {subject} {root === undefined ? `in the workspace ${me?.workspace ?? ''}` : `and the experiment ${named?.name ?? root}`}
            </strong>
          </p>
          <Shown of={answer}>{(found) => <Why subject={subject} rights={found.rights ?? []} reasons={found.reasons ?? []} />}</Shown>
        </>
      )}
    </section>
  );
}
