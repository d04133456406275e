/** The parts of an endpoint's page. */
export const endpointTabs = { overview: 'Overview', predictions: 'Predictions', ab: 'A/B', try: 'Try it', use: 'Call it', history: 'History', settings: 'Settings' } as const;

export type EndpointTab = keyof typeof endpointTabs;

/** What the address says about the list. */
export interface EndpointsSearch {
  q?: string | undefined;
}

/** What the address says about an endpoint. */
export interface EndpointSearch {
  tab?: EndpointTab | undefined;
  /** The prediction that is looked at. */
  prediction?: string | undefined;
  /** Which predictions are listed. */
  version?: string | undefined;
  arm?: string | undefined;
  status?: string | undefined;
  key?: string | undefined;
  id?: string | undefined;
  /** How arms are compared. */
  outcome?: string | undefined;
  measure?: 'value' | 'reward' | undefined;
  kind?: 'mean' | 'proportion' | undefined;
  control?: string | undefined;
  by?: 'arm' | 'version' | undefined;
  missing?: 'ignore' | 'zero' | undefined;
  /** The protocol that is tried or called. */
  as?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : typeof value === 'number' ? String(value) : undefined;
}

function one<const T extends readonly string[]>(of: T, value: unknown): T[number] | undefined {
  return of.find((each) => each === value);
}

export function endpointsSearch(search: Record<string, unknown>): EndpointsSearch {
  return { q: text(search.q) };
}

export function endpointSearch(search: Record<string, unknown>): EndpointSearch {
  return {
    tab: one(Object.keys(endpointTabs) as EndpointTab[], search.tab),
    prediction: text(search.prediction),
    version: text(search.version),
    arm: text(search.arm),
    status: text(search.status),
    key: text(search.key),
    id: text(search.id),
    outcome: text(search.outcome),
    measure: one(['value', 'reward'], search.measure),
    kind: one(['mean', 'proportion'], search.kind),
    control: text(search.control),
    by: one(['arm', 'version'], search.by),
    missing: one(['ignore', 'zero'], search.missing),
    as: text(search.as),
  };
}
