import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Markdown } from '../ui/Markdown';
import { Shown } from '../ui/States';
import { Time, useNow } from '../ui/Value';
import { hasPassed, profileFields, profileQuery, type Profile } from './profile';
import { ProfileDialog } from './ProfileDialog';

/** Who answers for a model, what it is for, and when it is to be looked at again. */
export function ProfileCard({ name }: { name: string }) {
  const profile = useQuery(profileQuery(name));
  const may = useMay()('WriteModels');
  const [editing, setEditing] = useState(false);
  return (
    <section className="card stack" aria-label="Ownership and use">
      <div className="row between">
        <h2>Ownership and use</h2>
        {may && profile.data && (
          <Button look="plain" onClick={() => setEditing(true)}>
            <Icon name="edit" /> {profile.data.updated_ms ? 'Change' : 'Fill in'}
          </Button>
        )}
      </div>
      <Shown of={profile}>{(found) => <Fields of={found} />}</Shown>
      {editing && profile.data && <ProfileDialog name={name} of={profile.data} onClose={() => setEditing(false)} />}
    </section>
  );
}

function Fields({ of }: { of: Profile }) {
  const now = useNow();
  const lacking = profileFields.filter(({ key }) => !of[key] && key !== 'license' && key !== 'retirement_date').map(({ label }) => label.toLowerCase());
  return (
    <>
      <dl className="facts">
        {profileFields.map(({ key, label, long }) =>
          of[key] ? (
            <div key={key} className="registry-fact">
              <dt>{label}</dt>
              <dd>
                {long ? <Markdown text={of[key]} /> : key === 'review_date' || key === 'retirement_date' ? <Day of={of[key]} passed={hasPassed(of[key], now)} word={key === 'review_date' ? 'overdue' : 'past'} /> : of[key]}
              </dd>
            </div>
          ) : null,
        )}
      </dl>
      {lacking.length > 0 && <p className="muted registry-small">Nobody has said yet: {lacking.join(', ')}.</p>}
      {of.updated_ms ? (
        <p className="muted registry-small">
          Changed <Time at={of.updated_ms} />
          {of.updated_by && ` by ${of.updated_by}`}.
        </p>
      ) : null}
    </>
  );
}

/** A day, and whether it has passed. */
export function Day({ of, passed, word }: { of: string; passed: boolean; word: string }) {
  return (
    <span className="row">
      {of} {passed && <span className="pill bad">{word}</span>}
    </span>
  );
}
