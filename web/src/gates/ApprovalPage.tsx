import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Needs } from '../access/Needs';
import { useMay } from '../app/me';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Loading, Shown } from '../ui/States';
import { Copyable, Time, useNow } from '../ui/Value';
import { approvalQuery, type ApprovalRequest } from './approvals';
import { leftText, needTexts, stateLook } from './approvalWords';
import { CheckResults } from './CheckResults';
import { DecideDialog } from './DecideDialog';
import { Discussion } from './Discussion';
import { slotName } from './gates';
import { WithdrawDialog } from './WithdrawDialog';
import './gates.css';

/** One request: what is asked, on what evidence, what was said. */
export function ApprovalPage() {
  const { id } = useParams({ from: '/approvals/$id' });
  const request = useQuery(approvalQuery(Number(id)));
  return (
    <div className="page">
      <Needs right="ReadModels">
        <Shown of={request} loading={<Loading lines={8} />}>
          {(found) => <One of={found} />}
        </Shown>
      </Needs>
    </div>
  );
}

function One({ of }: { of: ApprovalRequest }) {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const now = useNow();
  const [asked, setAsked] = useState<'approve' | 'reject' | 'withdraw' | null>(null);
  const { look, text } = stateLook(of.state);
  const left = leftText(of, now);
  const open = of.state === 'open';
  const close = () => setAsked(null);
  return (
    <>
      <header className="page-head">
        <div>
          <nav aria-label="Above this page" className="gates-crumb">
            <Link to="/approvals">Approvals</Link>
          </nav>
          <h1>
            {of.model} version {of.version} <Icon name="right" /> {slotName(of)}
          </h1>
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
          </p>
        </div>
        <div className="row">
          {of.may_approve && (
            <>
              <Button look="primary" onClick={() => setAsked('approve')}>
                <Icon name="check" /> Approve
              </Button>
              <Button look="danger" onClick={() => setAsked('reject')}>
                Reject
              </Button>
            </>
          )}
          {open && (of.asked_by === me?.name || may('ManageModels')) && <Button onClick={() => setAsked('withdraw')}>Withdraw</Button>}
          <Link className="button" to="/models/$name/versions/$version" params={{ name: of.model, version: of.version }} search={{ tab: 'gates' }}>
            The version
          </Link>
        </div>
      </header>
      {open && !of.may_approve && of.may_not_because && (
        <p className="gates-note" role="note">
          {of.may_not_because}
        </p>
      )}
      <div className="gates-columns">
        <section className="card stack" aria-label="Evidence">
          <div className="row between">
            <h2>What it rests on</h2>
            {of.evidence_digest && (
              <span className="muted gates-digest">
                evidence{' '}
                <Copyable text={of.evidence_digest}>
                  <code>{of.evidence_digest.slice(0, 12)}</code>
                </Copyable>
              </span>
            )}
          </div>
          <CheckResults checks={of.checks ?? []} />
        </section>
        <Discussion of={of} />
      </div>
      {(asked === 'approve' || asked === 'reject') && <DecideDialog of={of} what={asked} onClose={close} />}
      {asked === 'withdraw' && <WithdrawDialog of={of} onClose={close} />}
    </>
  );
}
