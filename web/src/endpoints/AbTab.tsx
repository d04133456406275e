import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { count, micros, number, percent } from '../ui/format';
import { Empty, Loading, Shown } from '../ui/States';
import { Num } from '../ui/Value';
import { adviceWords, spanOf } from './ab';
import { abQuery, type AbAsked } from './endpoints';
import { Interval } from './Interval';
import type { AbResult, Endpoint } from './wire';

/** Which arm is better, by what really came of its predictions. */
export function AbTab({ of }: { of: Endpoint }) {
  const { outcome, measure, kind, control, by, missing } = useSearch({ from: '/endpoints/$name' });
  const asked: AbAsked = { outcome, measure, kind, control, by, missing };
  const result = useQuery(abQuery(of.name, asked));
  return (
    <div className="stack">
      <Asking of={of} asked={asked} />
      <Shown of={result} loading={<Loading lines={8} />}>
        {(found) =>
          (found.arms ?? []).every((arm) => (arm.with_outcome ?? 0) === 0) ? (
            <section className="card">
              <Empty title="Nobody said yet what came of it">
                <p>{(found.arms?.length ?? 0) > 0 ? `${count((found.arms ?? []).reduce((sum, arm) => sum + (arm.requests ?? 0), 0))} requests are logged. ` : ''}Post outcomes by request id to /api/feedback; Call it has the line. Arms are compared by them.</p>
              </Empty>
            </section>
          ) : (
            <Result of={found} />
          )
        }
      </Shown>
    </div>
  );
}

function Asking({ of, asked }: { of: Endpoint; asked: AbAsked }) {
  const navigate = useNavigate({ from: '/endpoints/$name' });
  const [outcome, setOutcome] = useState(asked.outcome ?? '');
  const set = (part: object) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  return (
    <form
      className="row endpoint-filters"
      aria-label="What is compared"
      onSubmit={(event) => {
        event.preventDefault();
        set({ outcome: outcome.trim() || undefined });
      }}
    >
      <input className="input" aria-label="Outcome" placeholder="outcome" value={outcome} maxLength={100} onChange={(event) => setOutcome(event.target.value)} onBlur={() => set({ outcome: outcome.trim() || undefined })} />
      <select className="input" aria-label="Measure" value={asked.measure ?? ''} onChange={(event) => set({ measure: event.target.value || undefined })}>
        <option value="">its value</option>
        <option value="reward">its reward</option>
      </select>
      <select className="input" aria-label="Control" value={asked.control ?? ''} onChange={(event) => set({ control: event.target.value || undefined })}>
        <option value="">against the champion</option>
        {(of.arms ?? []).map((arm) => (
          <option key={arm.name} value={arm.name}>
            against {arm.name}
          </option>
        ))}
      </select>
      <select className="input" aria-label="By" value={asked.by ?? ''} onChange={(event) => set({ by: event.target.value || undefined })}>
        <option value="">by arm</option>
        <option value="version">by version</option>
      </select>
      <select className="input" aria-label="Without an outcome" value={asked.missing ?? ''} onChange={(event) => set({ missing: event.target.value || undefined })}>
        <option value="">no outcome: left out</option>
        <option value="zero">no outcome: 0</option>
      </select>
      <Button type="submit">Compare</Button>
    </form>
  );
}

function Result({ of }: { of: AbResult }) {
  const advice = adviceWords(of.advice?.decision);
  const arms = of.arms ?? [];
  const read = of.kind === 'proportion' ? percent : number;
  const means = spanOf(arms.flatMap((arm) => [arm.low, arm.high, arm.mean]));
  const lifts = spanOf([0, ...(of.comparisons ?? []).flatMap((one) => [one.low, one.high, one.anytime_low, one.anytime_high])]);
  const shares = of.ratio?.observed ?? [];
  const all = shares.reduce((sum, one) => sum + one, 0);
  return (
    <>
      <section className={`card stack endpoint-advice ${advice.tone}`} aria-label="Advice">
        <h2>{advice.word}</h2>
        {of.advice?.reason && <p>{of.advice.reason}</p>}
      </section>
      {of.ratio?.mismatch && (
        <div className="problem" role="alert">
          <strong>The arms did not get the requests that their weights promise</strong>
          <span>
            {shares.map((one, index) => `${arms[index]?.name ?? index}: ${percent(all > 0 ? one / all : 0)} instead of ${percent(of.ratio?.expected?.[index] ?? 0)}`).join('; ')} (p = {number(of.ratio.p_value)}). The assignment or the log is broken: believe nothing else here.
          </span>
        </div>
      )}
      <section className="card stack" aria-label="Arms">
        <h2>Arms</h2>
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Arms and their outcomes">
          <table className="data endpoint-ab">
            <thead>
              <tr>
                <th scope="col">Arm</th>
                <th scope="col" className="number">
                  Requests
                </th>
                <th scope="col" className="number">
                  With outcome
                </th>
                <th scope="col" className="number">
                  {of.kind === 'proportion' ? 'Share' : 'Mean'}
                </th>
                <th scope="col">95 % interval</th>
                <th scope="col" className="number">
                  Errors
                </th>
                <th scope="col" className="number">
                  p99
                </th>
              </tr>
            </thead>
            <tbody>
              {arms.map((arm) => (
                <tr key={arm.name}>
                  <th scope="row">
                    {arm.name} {arm.version && <span className="muted">v{arm.version}</span>} {arm.control && <span className="pill">control</span>}
                  </th>
                  <td className="number">{count(arm.requests)}</td>
                  <td className="number" title={`of ${count(arm.units)} ${of.unit === 'key' ? 'keys' : 'requests'}`}>
                    {count(arm.with_outcome)}
                  </td>
                  <td className="number">{arm.mean != null && (of.kind === 'proportion' ? percent(arm.mean) : <Num value={arm.mean} />)}</td>
                  <td>{arm.low != null && arm.high != null && <Interval low={arm.low} high={arm.high} mid={arm.mean ?? undefined} span={means} text={`${read(arm.low)} to ${read(arm.high)}`} />}</td>
                  <td className="number">{count(arm.errors)}</td>
                  <td className="number">{micros(arm.p99_us)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="muted endpoint-small">
          {of.unit === 'key' ? 'A unit is a sticky key: the outcomes of one key are averaged first.' : 'A unit is a request: no sticky key came along.'}
          {(of.mixed_units ?? 0) > 0 && ` ${count(of.mixed_units)} saw two arms and are left out.`}
          {of.sampled != null && of.sampled < 1 && ` ${percent(of.sampled)} of the units, chosen by hash, were looked at.`}
        </p>
      </section>
      {(of.comparisons?.length ?? 0) > 0 && (
        <section className="card stack" aria-label="Differences">
          <h2>Against {arms.find((arm) => arm.control)?.name ?? 'the control'}</h2>
          <div className="scroll-x" tabIndex={0} role="group" aria-label="Differences from the control">
            <table className="data endpoint-ab">
              <thead>
                <tr>
                  <th scope="col">Arm</th>
                  <th scope="col" className="number">
                    Lift
                  </th>
                  <th scope="col">Difference, however often one looks</th>
                  <th scope="col">If one looks once</th>
                  <th scope="col" className="number">
                    p
                  </th>
                  <th scope="col" className="number">
                    Needed units
                  </th>
                </tr>
              </thead>
              <tbody>
                {of.comparisons!.map((one) => (
                  <tr key={one.arm}>
                    <th scope="row">{one.arm}</th>
                    <td className="number" title={one.lift_low != null && one.lift_high != null ? `${percent(one.lift_low)} to ${percent(one.lift_high)}` : undefined}>
                      {one.lift != null && signed(percent(one.lift), one.lift)}
                    </td>
                    <td>{one.anytime_low != null && one.anytime_high != null && <Interval low={one.anytime_low} high={one.anytime_high} mid={one.difference ?? undefined} span={lifts} zero text={`${number(one.anytime_low)} to ${number(one.anytime_high)}`} />}</td>
                    <td>{one.low != null && one.high != null && <Interval low={one.low} high={one.high} mid={one.difference ?? undefined} span={lifts} zero text={`${number(one.low)} to ${number(one.high)}`} />}</td>
                    <td className="number" title={one.anytime_p_value != null ? `However often one looks: ${one.anytime_p_value}` : undefined}>
                      {one.p_value != null && number(one.p_value)}
                    </td>
                    <td className="number">{count(one.needed_units)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className="muted endpoint-small">An interval that does not touch the line shows a difference. Stop by the wider one: it holds however often one looks; the other only at a size that was chosen before.</p>
        </section>
      )}
    </>
  );
}

function signed(text: string, value: number): string {
  return value > 0 ? `+${text}` : text;
}
