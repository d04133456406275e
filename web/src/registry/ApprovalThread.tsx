import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { meQuery, useMay } from '../app/me';
import { approvalQuery, type ApprovalRequest } from '../gates/approvals';
import { leftText, needTexts, stateLook } from '../gates/approvalWords';
import { DecideDialog } from '../gates/DecideDialog';
import { Discussion } from '../gates/Discussion';
import { WithdrawDialog } from '../gates/WithdrawDialog';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Shown } from '../ui/States';
import { useNow } from '../ui/Value';
import { slotIn } from './gates';
import { modelKey } from './models';
import { SlotName } from './SlotChip';

/** One request where it belongs: who still has to approve, what was said, and one's own word about it. */
export function ApprovalThread({ model, id }: { model: string; id: number }) {
  const request = useQuery(approvalQuery(id));
  return <Shown of={request}>{(found) => <Thread of={found} model={model} />}</Shown>;
}

function Thread({ of, model }: { of: ApprovalRequest; model: string }) {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const now = useNow();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<'approve' | 'reject' | 'withdraw' | null>(null);
  const { look, text } = stateLook(of.state);
  const left = leftText(of, now);
  const open = of.state === 'open';
  function close(): void {
    setAsked(null);
    // What was decided changes what the gates say.
    void queries.invalidateQueries({ queryKey: modelKey(model) });
  }
  return (
    <article className="stack" aria-label={`Request ${of.id}`}>
      <header className="row between">
        <span className="row registry-small">
          <SlotName slot={slotIn(of)} /> <span className={`pill ${look}`}>{text}</span>
          {needTexts(of).map((need) => (
            <span key={need} className="pill">
              {need}
            </span>
          ))}
          {left && <span className={left.soon ? 'pill warn' : 'muted'}>{left.text}</span>}
        </span>
        <span className="row">
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
        </span>
      </header>
      {open && !of.may_approve && of.may_not_because && <p className="muted registry-small">{of.may_not_because}</p>}
      <Discussion of={of} />
      {(asked === 'approve' || asked === 'reject') && <DecideDialog of={of} what={asked} onClose={close} />}
      {asked === 'withdraw' && <WithdrawDialog of={of} onClose={close} />}
    </article>
  );
}
