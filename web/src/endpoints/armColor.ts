import { useTheme } from '../app/theme';
import { seriesColor } from '../ui/palette';
import type { Arm } from './wire';

/** The colour of each arm, the same wherever the arm is drawn: by its place among the endpoint's arms. */
export function useArmColor(arms: readonly Arm[]): (arm: string | undefined) => string {
  const theme = useTheme();
  return (arm) => seriesColor(Math.max(0, arms.findIndex((one) => one.name === arm)), theme);
}
