import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button } from '../ui/Button';
import { moment } from '../ui/format';
import { Empty, Loading, Shown } from '../ui/States';
import { Time, useNow } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { staysQuery, type Stay } from './models';
import { SlotName, VersionLink } from './SlotChip';
import { slotOf, slotText } from './slots';
import { TimeLine } from './TimeLine';
import { ranAt, rowsOf, spanOf } from './timeline';

const stretches = [
  [undefined, 'All of it'],
  [365, 'A year'],
  [90, '90 days'],
  [30, '30 days'],
  [7, 'A week'],
  [1, 'A day'],
] as const;

/** Which version stood where, from when until when: drawn, told for one moment, and as a list. */
export function HistoryTab({ name }: { name: string }) {
  const { at, days } = useSearch({ from: '/models/$name' });
  const navigate = useNavigate({ from: '/models/$name' });
  const stays = useQuery(staysQuery(name));
  const now = useNow();
  const mark = (time: number | undefined) => void navigate({ search: (before) => ({ ...before, at: time }), replace: true, resetScroll: false });
  return (
    <Shown of={stays} loading={<Loading lines={6} height="2.5rem" />}>
      {({ stays: all, isAll }) => {
        if (all.length === 0)
          return (
            <Empty title="No version stood anywhere yet">
              <p>As soon as a version comes behind an alias or into a stage, it is told here who put it there, why, and for how long.</p>
            </Empty>
          );
        const span = spanOf(all, now, days);
        return (
          <div className="stack">
            <section className="card stack" aria-label="Time line">
              <div className="row between">
                <h2>Time line</h2>
                <div className="row">
                  <label className="registry-check">
                    Show{' '}
                    <select className="input" value={days ?? ''} onChange={(event) => void navigate({ search: (before) => ({ ...before, days: event.target.value === '' ? undefined : Number(event.target.value) }), replace: true, resetScroll: false })}>
                      {stretches.map(([value, label]) => (
                        <option key={label} value={value ?? ''}>
                          {label}
                        </option>
                      ))}
                    </select>
                  </label>
                </div>
              </div>
              <TimeLine name={name} rows={rowsOf(all, span)} span={span} mark={at} onMark={mark} />
              <RanAt key={at} name={name} at={at} isAll={isAll} stays={all} onMark={mark} />
            </section>
            <List name={name} stays={all} isAll={isAll} />
          </div>
        );
      }}
    </Shown>
  );
}

/** What ran at a time: the one that is marked, or typed. */
function RanAt({ name, at, stays, isAll, onMark }: { name: string; at: number | undefined; stays: readonly Stay[]; isAll: boolean; onMark: (at: number | undefined) => void }) {
  const [typed, setTyped] = useState(at === undefined ? '' : localTime(at));
  // Of a history too long to be here whole, the server knows the rest.
  const asked = useQuery({ ...staysQuery(name, { at_ms: at ?? 0 }), enabled: at !== undefined && !isAll, refetchInterval: false });
  useEffect(() => setTyped(at === undefined ? '' : localTime(at)), [at]);
  const there = at === undefined ? [] : isAll ? ranAt(stays, at) : (asked.data?.stays ?? []);
  return (
    <div className="timeline-at" aria-live="polite">
      <label className="registry-check">
        What ran at
        <input
          className="input"
          type="datetime-local"
          step={1}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            const read = new Date(event.target.value).getTime();
            if (Number.isFinite(read) && read > 0) onMark(read);
          }}
        />
      </label>
      {at === undefined ? (
        <span className="muted registry-small">Choose a time here, or press on the line.</span>
      ) : (
        <>
          <Button look="plain" onClick={() => onMark(undefined)}>
            Clear
          </Button>
          {there.length === 0 && !asked.isFetching ? (
            <p className="registry-small">Nothing stood anywhere at {moment(at)}.</p>
          ) : (
            <ul role="list" className="timeline-there">
              {there.map((stay, index) => (
                <li key={index}>
                  <SlotName slot={slotOf(stay)} /> <VersionLink name={name} version={stay.version ?? ''} />
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  );
}

/** A time as the browser's field for times takes it: in its own zone. */
function localTime(at: number): string {
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

function List({ name, stays, isAll }: { name: string; stays: readonly Stay[]; isAll: boolean }) {
  const columns: readonly TableColumn<Stay>[] = [
    { name: 'Where', width: 'minmax(8rem, 12rem)', cell: (stay) => <SlotName slot={slotOf(stay)} /> },
    {
      name: 'Version',
      width: '7rem',
      cell: (stay) => (
        <span className="row">
          <VersionLink name={name} version={stay.version ?? ''} />
          {stay.rolled_back && (
            <span className="pill bad" title={`It was rolled back: going back does not lead to it.`}>
              rolled back
            </span>
          )}
        </span>
      ),
    },
    { name: 'Came', width: 'minmax(10rem, 2fr)', cell: (stay) => <Step at={stay.from_ms} by={stay.from_actor} why={stay.from_reason} /> },
    { name: 'Left', width: 'minmax(10rem, 2fr)', cell: (stay) => (stay.until_ms === undefined ? <span className="pill good">still there</span> : <Step at={stay.until_ms} by={stay.until_actor} why={stay.until_reason} />) },
  ];
  return (
    <section className="stack" aria-label="Every stay">
      <h2>Every stay</h2>
      <div className="card registry-list">
        <VirtualTable label="Every stay" columns={columns} rows={stays} rowKey={(stay) => `${slotText(slotOf(stay))} ${stay.version} ${stay.from_ms}`} />
      </div>
      {!isAll && <p className="muted registry-small">The newest {stays.length} are listed; slipway models history shows older ones.</p>}
    </section>
  );
}

function Step({ at, by, why }: { at: number | undefined; by: string | undefined; why: string | undefined }) {
  return (
    <>
      <Time at={at} /> by {by || 'somebody who is erased'}
      {why && <span className="registry-why">: {why}</span>}
    </>
  );
}
