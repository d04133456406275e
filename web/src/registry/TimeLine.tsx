import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { moment } from '../ui/format';
import { slotText } from './slots';
import { ticksOf, type Bar, type Row, type Span } from './timeline';
import './timeline.css';

interface Props {
  name: string;
  rows: readonly Row[];
  span: Span;
  /** The moment that is asked about. */
  mark: number | undefined;
  onMark: (at: number) => void;
}

/** One line a slot, one bar a stay; a bar leads to its version, a press beside it asks what ran then. */
export function TimeLine({ name, rows, span, mark, onMark }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const sizes = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    sizes.observe(host.current!);
    return () => sizes.disconnect();
  }, []);
  const ticks = ticksOf(span, Math.max(2, Math.floor((width - 120) / 110)));
  const share = mark === undefined ? undefined : (mark - span.from) / (span.to - span.from);

  return (
    <div ref={host} className="timeline" role="group" aria-label="Which version stood where">
      <div
        className="timeline-rows"
        onClick={(event) => {
          const line = event.currentTarget.querySelector('.timeline-line')?.getBoundingClientRect();
          if (!line || (event.target as Element).closest('a, .timeline-name')) return;
          const at = Math.min(1, Math.max(0, (event.clientX - line.left) / line.width));
          onMark(Math.round(span.from + at * (span.to - span.from)));
        }}
      >
        {rows.map((row) => (
          <div key={slotText(row.slot)} className="timeline-row">
            <div className="timeline-name" title={slotText(row.slot)}>
              {slotText(row.slot)}
            </div>
            <ul role="list" aria-label={slotText(row.slot)} className="timeline-line" style={{ blockSize: `${row.lanes * 1.75 + 0.25}rem` }}>
              {row.bars.map((bar, index) => (
                <BarLink key={index} name={name} bar={bar} tone={row.slot.name === 'Archived' ? 'still' : row.slot.name === 'Production' || row.slot.name === 'champion' ? 'live' : 'other'} wide={bar.width * (width - 120)} />
              ))}
            </ul>
          </div>
        ))}
        {share !== undefined && share >= 0 && share <= 1 && (
          <div className="timeline-over" aria-hidden="true">
            <span className="timeline-mark" style={{ insetInlineStart: `${share * 100}%` }} />
          </div>
        )}
      </div>
      <div className="timeline-row" aria-hidden="true">
        <div className="timeline-name" />
        <div className="timeline-ticks">
          {ticks.map((tick) => (
            <span key={tick.at} style={{ insetInlineStart: `${tick.at * 100}%` }}>
              {tick.label}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

function BarLink({ name, bar, tone, wide }: { name: string; bar: Bar; tone: string; wide: number }) {
  const { stay } = bar;
  // It begins with what is written on the bar: who speaks to the page says what they see.
  const said = `v${stay.version}, from ${moment(stay.from_ms ?? 0)} ${stay.until_ms === undefined ? 'until now' : `until ${moment(stay.until_ms)}`}${stay.from_actor ? `, by ${stay.from_actor}` : ''}${stay.from_reason ? `: ${stay.from_reason}` : ''}${stay.rolled_back ? ' (rolled back)' : ''}`;
  return (
    <li className={`timeline-bar ${tone}${stay.rolled_back ? ' back' : ''}${bar.open ? ' open' : ''}`} style={{ insetInlineStart: `${bar.from * 100}%`, inlineSize: `${bar.width * 100}%`, insetBlockStart: `${bar.lane * 1.75 + 0.25}rem` }}>
      <Link to="/models/$name/versions/$version" params={{ name, version: stay.version ?? '' }} title={said} aria-label={said}>
        {wide > 22 && `v${stay.version}`}
      </Link>
    </li>
  );
}
