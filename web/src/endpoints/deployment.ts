import type { Deployment } from './endpoints';

/** How a version comes in. */
export const ways = {
  replace: { label: 'Take over at once', hint: 'It takes the place of the main arm. If it cannot be loaded, the old version goes on answering.' },
  canary: { label: 'Canary', hint: 'It gets a little, then more, and goes back by itself when it is worse.' },
  weight: { label: 'A share of the requests', hint: 'It comes beside the others, which keep their proportions.' },
  shadow: { label: 'Shadow', hint: 'It gets copies of requests and never answers; its predictions are compared.' },
} as const;

export type Way = keyof typeof ways;

/** What a person chose. */
export interface Choice {
  model: string;
  by: 'alias' | 'version' | 'stage';
  which: string;
  way: Way;
  percent: string;
  steps: string;
  requests: string;
  holdSeconds: string;
  reason: string;
}

export const firstSteps = '1, 5, 25, 100';

/** What is wrong with a choice, as a person would say it; nothing when it can be sent. */
export function wrongWith(choice: Choice): string | undefined {
  if (choice.way === 'weight') {
    const share = Number(choice.percent);
    if (choice.percent.trim() === '' || !(share > 0 && share <= 100)) return 'The share is a number of percent above 0 and up to 100.';
  }
  if (choice.way === 'canary') {
    const steps = readSteps(choice.steps);
    if (steps === null) return 'Steps are percents above 0 and up to 100 that rise, at most 20 of them: 1, 5, 25, 100.';
    if (!isWhole(choice.requests, 1)) return 'Requests of a step are a whole number of at least 1.';
    if (!isWhole(choice.holdSeconds, 0)) return 'Seconds of a step are a whole number of at least 0.';
  }
  return undefined;
}

/** Steps as people write them; null where they are none. */
export function readSteps(text: string): number[] | null {
  const steps = text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map((part) => Number(part.replace(/%$/, '')));
  const rises = steps.every((step, index) => step > 0 && step <= 100 && (index === 0 || step > steps[index - 1]!));
  return steps.length > 0 && steps.length <= 20 && rises ? steps : null;
}

function isWhole(text: string, least: number): boolean {
  return /^\d{1,9}$/.test(text.trim()) && Number(text) >= least;
}

/** What is sent. */
export function deploymentOf(choice: Choice): Deployment {
  const which = choice.which.trim().replace(/^@/, '');
  const reason = choice.reason.trim();
  return {
    model: choice.model,
    [choice.by]: which,
    ...(reason !== '' && { reason }),
    ...(choice.way === 'weight' && { weight: Number(choice.percent) }),
    ...(choice.way === 'shadow' && { shadow: true }),
    ...(choice.way === 'canary' && { canary: { steps: readSteps(choice.steps) ?? [], requests: Number(choice.requests), hold_seconds: Number(choice.holdSeconds) } }),
  };
}

/** A name for an endpoint, made of a model's: what no endpoint may have in its name becomes a dash. */
export function nameOf(model: string): string {
  return model
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100)
    .replace(/-+$/, '');
}

/** Whether a name can be an endpoint's. */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !['predictions', 'prediction-log', 'live'].includes(name);
}
