import type { Delivery } from './webhooks';

/** How a delivery stands, as a mark and in words. */
export function stateOf({ state, attempts = 0, response_status: status, error_message: error }: Delivery): { look: 'good' | 'warn' | 'bad' | ''; text: string; detail: string } {
  const answer = status === undefined ? (error ?? '') : `answered ${status}`;
  switch (state) {
    case 'DELIVERED':
      return { look: 'good', text: 'delivered', detail: answer };
    case 'GIVEN_UP':
      return { look: 'bad', text: 'given up', detail: [answer, attempts > 1 ? `${attempts} attempts` : ''].filter(Boolean).join(', ') };
    case 'WAITING':
      return attempts === 0 ? { look: '', text: 'waiting', detail: 'not tried yet' } : { look: 'warn', text: 'trying again', detail: [answer, `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`].filter(Boolean).join(', ') };
    default:
      return { look: '', text: state.toLowerCase(), detail: answer };
  }
}

/** What a delivery is about: the model with its version, or the alias; empty where the body does not say. */
export function subjectOf(body: string | undefined): string {
  try {
    const { data } = JSON.parse(body ?? '') as { data?: Record<string, unknown> };
    const text = (key: string) => (typeof data?.[key] === 'string' || typeof data?.[key] === 'number' ? String(data[key]) : '');
    return [text('name'), text('version'), text('alias') && `@${text('alias')}`, text('key')].filter(Boolean).join(' ');
  } catch {
    return '';
  }
}

/** JSON with its lines broken; what is none as it came. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
