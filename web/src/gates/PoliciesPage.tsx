import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Needs } from '../access/Needs';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { NewPolicy } from './NewPolicy';
import { attachmentsQuery, placeText, policiesQuery, type Attachment, type Policy } from './policies';
import './policies.css';

/** The gate policies of the workspace, and where they count. */
export function PoliciesPage() {
  return (
    <Needs right="ReadModels">
      <Policies />
    </Needs>
  );
}

function Policies() {
  const me = useQuery(meQuery).data;
  const may = useMay()('ManageModels');
  const policies = useQuery(policiesQuery);
  const attachments = useQuery(attachmentsQuery()).data;
  const [making, setMaking] = useState(false);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Policies</h1>
          <p className="settings-lead">What versions of models must show before they get to a stage or behind an alias, in the workspace {me?.workspace}. Every change is a new version; old ones stay readable.</p>
        </div>
        {may && (
          <Button look="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" /> New policy
          </Button>
        )}
      </header>
      <Shown of={policies}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No policy yet">
              <p>{may ? 'Without one, whoever may change a model may put any version anywhere. Begin with a few checks; more can come later.' : 'Whoever manages the models here can make one.'}</p>
            </Empty>
          ) : (
            <div className="card">
              <List policies={found} attachments={attachments} />
            </div>
          )
        }
      </Shown>
      {making && <NewPolicy onClose={() => setMaking(false)} />}
    </>
  );
}

function List({ policies, attachments }: { policies: readonly Policy[]; attachments: readonly Attachment[] | undefined }) {
  const columns: readonly TableColumn<Policy>[] = [
    {
      name: 'Policy',
      width: 'minmax(10rem, 3fr)',
      cell: (one) => (
        <span className="policies-name">
          <Link to="/settings/policies/$name" params={{ name: one.name }}>
            {one.name}
          </Link>
          {one.description && <span className="muted">{one.description}</span>}
        </span>
      ),
    },
    { name: 'Counts for', width: 'minmax(9rem, 3fr)', cell: (one) => <Places of={attachments?.filter((place) => place.policy === one.name)} /> },
    { name: 'Version', width: '5.5rem', cell: (one) => one.newest_version ?? one.version },
    { name: 'Changed', width: '7.5rem', cell: (one) => <Time at={one.made_ms} /> },
    { name: 'By', width: 'minmax(5rem, 1fr)', cell: (one) => one.made_by },
  ];
  return <VirtualTable label="Policies" columns={columns} rows={policies} rowKey={(one) => one.name} />;
}

function Places({ of }: { of: readonly Attachment[] | undefined }) {
  if (of === undefined) return null;
  if (of.length === 0) return <span className="muted">nothing: it is not attached</span>;
  const texts = of.map(placeText);
  return (
    <span title={texts.join('\n')}>
      {texts[0]}
      {texts.length > 1 && <span className="muted"> and {texts.length - 1} more</span>}
    </span>
  );
}
