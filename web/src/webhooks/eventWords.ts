import type { WebhookEvent } from './webhooks';

/** Kinds of change that belong together, in words. */
export const eventGroups: readonly { title: string; events: readonly { event: string; what: string }[] }[] = [
  {
    title: 'Models',
    events: [
      { event: 'REGISTERED_MODEL.CREATED', what: 'a model is registered' },
      { event: 'REGISTERED_MODEL.DELETED', what: 'a model is deleted' },
    ],
  },
  {
    title: 'Versions',
    events: [
      { event: 'MODEL_VERSION.CREATED', what: 'a version is made' },
      { event: 'MODEL_VERSION.UPDATED', what: 'a version goes to another stage' },
      { event: 'MODEL_VERSION.DELETED', what: 'a version is deleted' },
      { event: 'MODEL_EVALUATION.FINISHED', what: 'an evaluation is done or has failed' },
      { event: 'MODEL_VERSION_ALIAS.CREATED', what: 'an alias is set' },
      { event: 'MODEL_VERSION_ALIAS.DELETED', what: 'an alias is taken away' },
      { event: 'MODEL_VERSION_TAG.SET', what: 'a tag is set' },
      { event: 'MODEL_VERSION_TAG.DELETED', what: 'a tag is taken away' },
    ],
  },
  {
    title: 'Approvals',
    events: [
      { event: 'APPROVAL_REQUEST.CREATED', what: 'approval is asked for' },
      { event: 'APPROVAL_REQUEST.APPROVED', what: 'a request is approved' },
      { event: 'APPROVAL_REQUEST.REJECTED', what: 'a request is rejected' },
      { event: 'APPROVAL_REQUEST.EXPIRED', what: 'a request expires' },
      { event: 'APPROVAL_REQUEST.WITHDRAWN', what: 'a request is withdrawn' },
    ],
  },
  {
    title: 'Prompts',
    events: [
      { event: 'PROMPT.CREATED', what: 'a prompt is made' },
      { event: 'PROMPT_VERSION.CREATED', what: 'a version of a prompt is made' },
      { event: 'PROMPT_ALIAS.CREATED', what: 'an alias of a prompt is set' },
      { event: 'PROMPT_ALIAS.DELETED', what: 'an alias of a prompt is taken away' },
      { event: 'PROMPT_TAG.SET', what: 'a tag of a prompt is set' },
      { event: 'PROMPT_TAG.DELETED', what: 'a tag of a prompt is taken away' },
      { event: 'PROMPT_VERSION_TAG.SET', what: 'a tag of a prompt’s version is set' },
      { event: 'PROMPT_VERSION_TAG.DELETED', what: 'a tag of a prompt’s version is taken away' },
    ],
  },
];

const words = new Map(eventGroups.flatMap((group) => group.events.map(({ event, what }) => [event, what] as const)));

/** A kind of change as one text, as lists and the log have it. */
export function eventName({ entity, action }: Partial<WebhookEvent>): string {
  return `${entity ?? ''}.${action ?? ''}`;
}

/** And back. */
export function eventOf(name: string): WebhookEvent {
  const [entity = '', action = ''] = name.split('.');
  return { entity, action };
}

/** What happened, in words; a kind that is newer than this page by its name. */
export function eventText(name: string): string {
  return words.get(name.toUpperCase()) ?? name.toLowerCase().replaceAll('_', ' ').replace('.', ': ');
}
