import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { CheckResults } from '../gates/CheckResults';
import { missing, type Checklist } from '../gates/gates';
import { Button } from '../ui/Button';
import { Empty, Loading, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { ApprovalThread } from './ApprovalThread';
import { AskDialog } from './AskDialog';
import { gatesQuery, slotIn, type Evaluation, type Request } from './gates';
import { modelKey, modelQuery, type Model, type Version } from './models';
import { MoveDialog } from './MoveDialog';
import { SlotName, VersionLink } from './SlotChip';
import { isSame, slotText } from './slots';
import { WaiveButton, Waivers } from './Waivers';
import './version-gates.css';

/** What a version must show before it gets somewhere: the checks of each place, who approved, what was waived, and what was said before. */
export function GatesTab({ of }: { of: Version }) {
  const [name, version] = [of.name ?? '', of.version ?? ''];
  const gates = useQuery(gatesQuery(name, version));
  const model = useQuery(modelQuery(name)).data;
  return (
    <Shown of={gates} loading={<Loading lines={8} />}>
      {({ checklists = [], requests = [], waivers = [], evaluations = [] }) => (
        <div className="stack">
          {checklists.length === 0 && (
            <section className="card">
              <Empty title="No gate stands before this version">
                <p>
                  A policy lists what a version must show before it gets into a stage or behind an alias: metrics that Slipway computes itself, a clean scan, approvals. The <Link to="/models/$name" params={{ name }} search={{ tab: 'policies' }}>policies of this model</Link> are attached there.
                </p>
              </Empty>
            </section>
          )}
          {checklists.map((one) => (
            <Place key={slotText(slotIn(one))} of={one} name={name} version={version} model={model} requests={requests} />
          ))}
          <Requests name={name} all={requests} />
          <Waivers name={name} version={version} all={waivers} />
          <Past all={evaluations} />
        </div>
      )}
    </Shown>
  );
}

function Place({ of, name, version, model, requests }: { of: Checklist; name: string; version: string; model: Model | undefined; requests: readonly Request[] }) {
  const slot = slotIn(of);
  const checks = of.checks ?? [];
  const lacking = missing(checks).length;
  const may = useMay()('WriteModels');
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<'move' | 'ask' | null>(null);
  const there = of.stands_there === version;
  const open = requests.find((one) => (one.state === 'open' || one.state === 'approved') && isSame(slotIn(one), slot));
  const approvals = checks.some(({ check }) => check === 'approvals');
  const evaluating = useMutation({
    mutationFn: () => post('/api/slipway/v1/models/{name}/versions/{version}/gates', { [slot.kind]: slot.name }, { path: { name, version } }),
    onSuccess: async (done) => {
      toast(done.passed ? 'Every check passes.' : 'Evaluated: not every check passes.');
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <section className="card stack" aria-label={`Gates of ${slotText(slot)}`}>
      <div className="version-gates-head">
        <h2 className="version-gates-verdict">
          <SlotName slot={slot} />
          {there ? 'This version stands here' : of.passed ? 'May go here' : `${lacking} of ${checks.length} ${checks.length === 1 ? 'check' : 'checks'} missing`}
        </h2>
        {may && (
          <span className="row">
            {checks.length > 0 && (
              <Button onClick={() => evaluating.mutate()} disabled={evaluating.isPending} title="Runs every check now, and records what it said">
                Evaluate
              </Button>
            )}
            {approvals && !open && !there && <Button onClick={() => setDialog('ask')}>Ask for approval</Button>}
            {!there && slot.kind === 'endpoint' && (
              <Link className="button" to="/endpoints/$name" params={{ name: slot.name }}>
                The endpoint
              </Link>
            )}
            {!there && slot.kind !== 'endpoint' && (
              <Button look={of.passed ? 'primary' : undefined} disabled={!of.passed} title={of.passed ? undefined : 'Not every check passes yet.'} onClick={() => setDialog('move')}>
                Move here
              </Button>
            )}
          </span>
        )}
      </div>
      <p className="muted registry-small">
        {of.stands_there && !there && (
          <>
            <VersionLink name={name} version={of.stands_there} /> stands here now.{' '}
          </>
        )}
        {of.protected_by && `Only ${of.protected_by === 'manage' ? 'who manages the model' : `the role ${of.protected_by}`} may move it. `}
        {(of.policies?.length ?? 0) > 0 && `Asked for by ${of.policies!.map((one) => `${one.name} (version ${one.version})`).join(', ')}.`}
      </p>
      {checks.length > 0 && <CheckResults checks={checks} actions={(check) => <WaiveButton name={name} version={version} check={check} />} />}
      {dialog === 'move' && model && <MoveDialog model={model} version={version} slot={slot} onClose={() => setDialog(null)} />}
      {dialog === 'ask' && <AskDialog name={name} version={version} slot={slot} onClose={() => setDialog(null)} />}
    </section>
  );
}

/** Open requests are there to be answered; closed ones can be opened to be read. */
function Requests({ name, all }: { name: string; all: readonly Request[] }) {
  if (all.length === 0) return null;
  const isOpen = (one: Request) => one.state === 'open' || one.state === 'approved';
  return (
    <section className="card stack" aria-label="Approvals">
      <h2>Approvals</h2>
      {all.filter(isOpen).map((one) => (
        <ApprovalThread key={one.id} model={name} id={one.id ?? 0} />
      ))}
      <div className="version-gates-past">
        {all
          .filter((one) => !isOpen(one))
          .map((one) => (
            <ClosedRequest key={one.id} name={name} of={one} />
          ))}
      </div>
    </section>
  );
}

function ClosedRequest({ name, of }: { name: string; of: Request }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <SlotName slot={slotIn(of)} /> <span className={`pill ${of.state === 'done' ? 'good' : of.state === 'rejected' ? 'bad' : ''}`}>{of.state}</span> asked by {of.asked_by || 'somebody who is erased'}{' '}
        <span className="muted">
          <Time at={of.closed_ms ?? of.asked_ms} />
        </span>
      </summary>
      {open && <ApprovalThread model={name} id={of.id ?? 0} />}
    </details>
  );
}

const purposes: Readonly<Record<string, string>> = { check: 'looked at', transition: 'moved there', blocked: 'refused', rollback: 'gone back to, without gates', approval: 'asked for approval' };

function Past({ all }: { all: readonly Evaluation[] }) {
  if (all.length === 0) return null;
  return (
    <section className="card stack" aria-label="What was said before">
      <h2>What was said before</h2>
      <div className="version-gates-past">
        {all.map((one) => (
          <details key={one.id}>
            <summary>
              <SlotName slot={slotIn(one)} /> <span className={`pill ${one.passed ? 'good' : 'bad'}`}>{one.passed ? 'passed' : 'not passed'}</span> {purposes[one.purpose ?? ''] ?? one.purpose} by {one.by || 'somebody who is erased'}{' '}
              <span className="muted">
                <Time at={one.at_ms} />
              </span>
            </summary>
            <CheckResults checks={one.checks ?? []} />
          </details>
        ))}
      </div>
    </section>
  );
}
