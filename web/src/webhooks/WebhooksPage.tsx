import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Needs } from '../access/Needs';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { DeleteWebhook } from './DeleteWebhook';
import { eventName, eventText } from './eventWords';
import { changeStatus, TestWebhook } from './TestWebhook';
import { WebhookDialog } from './WebhookDialog';
import { webhooksQuery, type Webhook } from './webhooks';
import './webhooks.css';

/** Addresses that are told when something happens in the registry. */
export function WebhooksPage() {
  return (
    <Needs right="ManageModels">
      <Webhooks />
    </Needs>
  );
}

type Asked = { what: 'new' } | { what: 'edit' | 'test' | 'delete'; of: Webhook } | null;

function Webhooks() {
  const me = useQuery(meQuery).data;
  const webhooks = useQuery(webhooksQuery);
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Webhooks</h1>
          <p className="settings-lead">Addresses that are told when something happens to a model of the workspace {me?.workspace}. What is sent is signed, tried again, and kept in a log.</p>
        </div>
        <Button look="primary" onClick={() => setAsked({ what: 'new' })}>
          <Icon name="plus" /> New webhook
        </Button>
      </header>
      <Shown of={webhooks}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No webhook yet">
              <p>Make one to start a build, fill a chat or update a ticket when a version is made, moved or waits for approval.</p>
            </Empty>
          ) : (
            <div className="card">
              <List webhooks={found} ask={(what, of) => setAsked({ what, of })} />
            </div>
          )
        }
      </Shown>
      {asked?.what === 'new' && <WebhookDialog onClose={close} />}
      {asked?.what === 'edit' && <WebhookDialog of={asked.of} onClose={close} />}
      {asked?.what === 'test' && <TestWebhook of={asked.of} onClose={close} />}
      {asked?.what === 'delete' && <DeleteWebhook of={asked.of} onClose={close} />}
    </>
  );
}

function List({ webhooks, ask }: { webhooks: readonly Webhook[]; ask: (what: 'edit' | 'test' | 'delete', of: Webhook) => void }) {
  const queries = useQueryClient();
  const switching = useMutation({ mutationFn: changeStatus, onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }) });
  const columns: readonly TableColumn<Webhook>[] = [
    {
      name: 'Webhook',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <span className="webhooks-name">
          <Link to="/settings/webhooks/$id" params={{ id: one.webhook_id }}>
            {one.name}
          </Link>
          {one.description && <span className="muted" title={one.description}>{one.description}</span>}
        </span>
      ),
    },
    { name: 'Told at', width: 'minmax(9rem, 3fr)', cell: (one) => <span className="mono webhooks-url" title={one.url}>{one.url}</span> },
    { name: 'When', width: 'minmax(7rem, 2fr)', cell: (one) => <Events of={one} /> },
    { name: 'State', width: '6rem', cell: (one) => <StatusPill of={one} /> },
    { name: 'Made', width: '7rem', cell: (one) => <Time at={one.creation_timestamp} /> },
    {
      name: 'Actions',
      silent: true,
      width: '8rem',
      cell: (one) => (
        <span className="row webhooks-actions">
          <Button look="plain" aria-label={`Test ${one.name}`} onClick={() => ask('test', one)}>
            Test
          </Button>
          <Menu
            square
            title={`More for ${one.name}`}
            label={<Icon name="more" />}
            items={[
              { label: 'Change', onSelect: () => ask('edit', one) },
              { label: one.status === 'ACTIVE' ? 'Switch off' : 'Switch on', onSelect: () => switching.mutate({ id: one.webhook_id, active: one.status !== 'ACTIVE' }) },
              { label: 'Delete', danger: true, onSelect: () => ask('delete', one) },
            ]}
          />
        </span>
      ),
    },
  ];
  return <VirtualTable label="Webhooks" columns={columns} rows={webhooks} rowKey={(one) => one.webhook_id} />;
}

/** Whether it is told anything at present. */
export function StatusPill({ of }: { of: Webhook }) {
  return of.status === 'ACTIVE' ? <span className="pill good">on</span> : <span className="pill">off</span>;
}

function Events({ of }: { of: Webhook }) {
  const texts = (of.events ?? []).map((one) => eventText(eventName(one)));
  return (
    <span title={texts.join('\n')}>
      {texts[0]}
      {texts.length > 1 && <span className="muted"> and {count(texts.length - 1)} more</span>}
    </span>
  );
}
