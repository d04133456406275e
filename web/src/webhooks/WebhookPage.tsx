import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Needs } from '../access/Needs';
import { post } from '../api/client';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Empty, Failed, Loading, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { DeleteWebhook } from './DeleteWebhook';
import { DeliveryDialog } from './DeliveryDialog';
import { stateOf, subjectOf } from './deliveryState';
import { eventName, eventText } from './eventWords';
import { changeStatus, TestWebhook } from './TestWebhook';
import { WebhookDialog } from './WebhookDialog';
import { deliveriesQuery, webhookQuery, type Delivery, type Webhook } from './webhooks';
import { StatusPill } from './WebhooksPage';
import './webhooks.css';

/** One webhook: what it is told, and what came of it. */
export function WebhookPage() {
  const { id } = useParams({ from: '/settings/webhooks/$id' });
  const webhook = useQuery(webhookQuery(id));
  return (
    <Needs right="ManageModels">
      <Shown of={webhook}>{(found) => <One of={found} />}</Shown>
    </Needs>
  );
}

function One({ of }: { of: Webhook }) {
  const [asked, setAsked] = useState<'edit' | 'test' | 'delete' | null>(null);
  const queries = useQueryClient();
  const active = of.status === 'ACTIVE';
  const switching = useMutation({ mutationFn: changeStatus, onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }) });
  const close = () => setAsked(null);
  return (
    <>
      <header className="page-head">
        <div>
          <nav aria-label="Above this page" className="webhooks-crumb">
            <Link to="/settings/webhooks">Webhooks</Link>
          </nav>
          <div className="row">
            <h1>{of.name}</h1>
            <StatusPill of={of} />
          </div>
          {of.description && <p className="settings-lead">{of.description}</p>}
        </div>
        <div className="row">
          <Button onClick={() => setAsked('test')}>Test</Button>
          <Button onClick={() => setAsked('edit')}>Change</Button>
          <Button disabled={switching.isPending} onClick={() => switching.mutate({ id: of.webhook_id, active: !active })}>
            {active ? 'Switch off' : 'Switch on'}
          </Button>
          <Button look="danger" onClick={() => setAsked('delete')}>
            Delete
          </Button>
        </div>
      </header>
      <section className="card">
        <dl className="facts">
          <dt>Told at</dt>
          <dd className="mono">{of.url}</dd>
          <dt>Told when</dt>
          <dd>
            <ul role="list">
              {(of.events ?? []).map((event) => (
                <li key={eventName(event)} title={eventName(event)}>
                  {eventText(eventName(event))}
                </li>
              ))}
            </ul>
          </dd>
          <dt>Changed</dt>
          <dd>
            <Time at={of.last_updated_timestamp} />
          </dd>
        </dl>
      </section>
      {/* Nobody asks for what is about to go. */}
      <Deliveries of={of} paused={asked === 'delete'} />
      {asked === 'edit' && <WebhookDialog of={of} onClose={close} />}
      {asked === 'test' && <TestWebhook of={of} onClose={close} />}
      {asked === 'delete' && <DeleteWebhook of={of} onClose={close} />}
    </>
  );
}

function Deliveries({ of, paused }: { of: Webhook; paused: boolean }) {
  const { delivery: shown } = useSearch({ from: '/settings/webhooks/$id' });
  const navigate = useNavigate({ from: '/settings/webhooks/$id' });
  const queries = useQueryClient();
  const pages = useInfiniteQuery({ ...deliveriesQuery(of.webhook_id), enabled: !paused });
  const deliveries = useMemo(() => pages.data?.pages.flatMap((page) => page.deliveries) ?? [], [pages.data]);
  const dropped = pages.data?.pages[0]?.dropped ?? 0;
  const sending = useMutation({
    mutationFn: (delivery: string) => post('/api/slipway/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again', {}, { path: { webhook_id: of.webhook_id, delivery_id: delivery } }),
    onSuccess: () => {
      toast('It is sent again, as a delivery of its own.');
      return queries.invalidateQueries({ queryKey: ['webhooks', 'deliveries', of.webhook_id] });
    },
  });
  const open = (delivery: string | undefined) => void navigate({ search: { delivery }, resetScroll: false });
  const columns: readonly TableColumn<Delivery>[] = [
    {
      name: 'State',
      width: '7.5rem',
      cell: (one) => <span className={`pill ${stateOf(one).look}`}>{stateOf(one).text}</span>,
    },
    {
      name: 'What happened',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <button type="button" className="webhooks-open" onClick={() => open(one.delivery_id)}>
          {eventText(one.event)} <span className="webhooks-subject">{subjectOf(one.body)}</span>
        </button>
      ),
    },
    { name: 'Answer', width: 'minmax(9rem, 3fr)', cell: (one) => <span className="webhooks-answer">{stateOf(one).detail}</span> },
    { name: 'When', width: '7rem', cell: (one) => <Time at={one.creation_timestamp} /> },
    {
      name: 'Send again',
      silent: true,
      width: '7.5rem',
      cell: (one) => (
        <Button look="plain" disabled={sending.isPending} aria-label={`Send again: ${eventText(one.event)}`} onClick={() => sending.mutate(one.delivery_id)}>
          Send again
        </Button>
      ),
    },
  ];
  const chosen = deliveries.find((one) => one.delivery_id === shown);
  return (
    <section className="stack" aria-label="Deliveries">
      <h2>Deliveries</h2>
      {dropped > 0 && (
        <p className="problem" role="note">
          {count(dropped)} changes were never sent: too many waited while the address was away.
        </p>
      )}
      {pages.error && !pages.data && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={5} height="2rem" />}
      {pages.data && deliveries.length === 0 && (
        <Empty title="Nothing was sent yet">
          <p>The next change of the kinds above is. A test shows at once whether it would arrive.</p>
        </Empty>
      )}
      {deliveries.length > 0 && (
        <div className="card">
          <VirtualTable label="Deliveries" columns={columns} rows={deliveries} rowKey={(one) => one.delivery_id} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
      {chosen && <DeliveryDialog of={chosen} onClose={() => open(undefined)} sendAgain={() => sending.mutate(chosen.delivery_id)} busy={sending.isPending} />}
    </section>
  );
}
