import { placeOn, type Span } from './ab';

/** An interval on a stretch that its neighbours share, with its words below. */
export function Interval({ low, high, mid, span, text, zero }: { low: number; high: number; mid?: number | undefined; span: Span; text: string; zero?: boolean }) {
  const [from, to] = [placeOn(span, low), placeOn(span, high)];
  const clear = zero === true && (low > 0 || high < 0);
  return (
    <span className="endpoint-interval">
      <span className="endpoint-interval-line" aria-hidden="true">
        {zero && <span className="zero" style={{ insetInlineStart: `${placeOn(span, 0)}%` }} />}
        <span className={clear ? (low > 0 ? 'reach up' : 'reach down') : 'reach'} style={{ insetInlineStart: `${from}%`, inlineSize: `${Math.max(0.5, to - from)}%` }} />
        {mid !== undefined && <span className="mid" style={{ insetInlineStart: `${placeOn(span, mid)}%` }} />}
      </span>
      <span className="endpoint-interval-text">{text}</span>
    </span>
  );
}
