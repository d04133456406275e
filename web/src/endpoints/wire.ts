/** What the server says of endpoints, as docs/endpoints.md, docs/prediction-log.md and docs/ab-analysis.md have it. Times are Unix milliseconds, `_us` are microseconds. */

/** A version of a model that answers an endpoint's requests, said by number, alias or stage. */
export interface ArmPlan {
  name?: string | undefined;
  model: string;
  version?: string | undefined;
  alias?: string | undefined;
  stage?: string | undefined;
  weight?: number | undefined;
  shadow?: boolean | undefined;
}

/** How a loaded version runs, and what it costs: `fixed_us + row_us` × rows. */
export interface Execution {
  mode?: string | undefined;
  why?: string | undefined;
  fixed_us?: number | null | undefined;
  row_us?: number | null | undefined;
  runs?: number | undefined;
  rows?: number | undefined;
  merged_runs?: number | undefined;
  merging?: string | undefined;
  running?: number | undefined;
  running_max?: number | undefined;
  queued?: number | undefined;
  refused?: number | undefined;
  expired?: number | undefined;
  bytes?: number | undefined;
}

/** What an alias or a stage stands for now while the endpoint's gates keep it out. */
export interface Held {
  version?: string | undefined;
  at_ms?: number | undefined;
  reason?: string | undefined;
  evaluation?: string | undefined;
}

export interface Arm extends ArmPlan {
  share?: number | undefined;
  state?: string | undefined;
  problem?: string | null | undefined;
  held?: Held | null | undefined;
  serving_version?: string | null | undefined;
  execution?: Execution | null | undefined;
}

/** A sequential test: at its limit the canary goes back by itself. */
export interface CanaryTest {
  guard?: string | undefined;
  evidence?: number | undefined;
  limit?: number | undefined;
  canary?: number | null | undefined;
  control?: number | null | undefined;
  canary_requests?: number | undefined;
  control_requests?: number | undefined;
  message?: string | null | undefined;
}

export interface Canary {
  arm?: string | undefined;
  against?: string | undefined;
  version?: string | undefined;
  state?: string | undefined;
  step?: number | undefined;
  share?: number | undefined;
  steps?: number[] | undefined;
  requests?: number | undefined;
  hold_seconds?: number | undefined;
  started_ms?: number | undefined;
  step_ms?: number | undefined;
  /** How many requests the canary answered in this step. */
  step_requests?: number | undefined;
  ended_ms?: number | null | undefined;
  reason?: string | null | undefined;
  tests?: CanaryTest[] | undefined;
}

export interface Shadow {
  arm?: string | undefined;
  version?: string | undefined;
  compared?: number | undefined;
  rows?: number | undefined;
  left_out?: number | undefined;
  failed?: number | undefined;
  max_abs?: number | null | undefined;
  mean_abs?: number | null | undefined;
  label_flips?: number | undefined;
  problem?: string | null | undefined;
}

export interface Bandit {
  reward?: string | undefined;
  floor_percent?: number | undefined;
  minimize?: boolean | undefined;
  arms?: { arm?: string; rewards?: number; mean?: number; best?: number }[] | undefined;
}

/** Which requests stay with the same arm. */
export interface Sticky {
  header?: string | undefined;
  json?: string | undefined;
  column?: string | undefined;
}

/** What a column may hold, and what happens to a request that holds something else. */
export interface InputRule {
  column?: string | undefined;
  min?: number | null | undefined;
  max?: number | null | undefined;
  categories?: string[] | null | undefined;
  action?: string | undefined;
}

export interface Endpoint {
  name: string;
  description?: string | undefined;
  state?: string | undefined;
  revision?: number | undefined;
  detail?: string | undefined;
  timeout_ms?: number | null | undefined;
  sticky?: Sticky | null | undefined;
  input_rules?: InputRule[] | null | undefined;
  arms?: Arm[] | undefined;
  canary?: Canary | null | undefined;
  bandit?: Bandit | null | undefined;
  shadows?: Shadow[] | undefined;
  made_ms?: number | undefined;
  made_by?: string | undefined;
  updated_ms?: number | undefined;
  updated_by?: string | undefined;
  rights?: string[] | undefined;
}

export interface Revision {
  revision?: number | undefined;
  kind?: string | undefined;
  at_ms?: number | undefined;
  by?: string | undefined;
  reason?: string | null | undefined;
  arms?: Arm[] | undefined;
}

/** A token that may ask one endpoint and nothing else. */
export interface Key {
  id?: string | undefined;
  name?: string | undefined;
  owner?: string | undefined;
  created_ms?: number | undefined;
  expires_ms?: number | null | undefined;
  used_ms?: number | null | undefined;
}

/** The last minutes of one arm, of the server that answered. */
export interface LiveArm {
  arm?: string | undefined;
  version?: string | undefined;
  requests_per_second?: number | undefined;
  errors_per_second?: number | undefined;
  requests?: number | undefined;
  errors?: number | undefined;
  p50_us?: number | undefined;
  p90_us?: number | undefined;
  p99_us?: number | undefined;
  run_p50_us?: number | undefined;
  run_p99_us?: number | undefined;
  rates?: number[] | undefined;
  error_rates?: number[] | undefined;
}

export interface Live {
  endpoint?: string | undefined;
  now_ms?: number | undefined;
  in_flight?: number | undefined;
  arms?: LiveArm[] | undefined;
}

/** A column or tensor of a logged prediction: `values` is flat, row by row. */
export interface Tensor {
  name?: string | undefined;
  type?: string | undefined;
  shape?: number[] | undefined;
  values?: (number | string | boolean | null)[] | undefined;
}

export interface Prediction {
  id?: string | undefined;
  at_ms?: number | undefined;
  endpoint?: string | undefined;
  arm?: string | undefined;
  model?: string | undefined;
  version?: string | undefined;
  protocol?: string | undefined;
  status?: number | undefined;
  error?: string | null | undefined;
  key?: string | null | undefined;
  trace_id?: string | null | undefined;
  rows?: number | undefined;
  parse_us?: number | undefined;
  queue_us?: number | undefined;
  run_us?: number | undefined;
  inputs?: Tensor[] | undefined;
  outputs?: Tensor[] | undefined;
  cut?: boolean | undefined;
}

/** What came of a prediction. */
export interface Outcome {
  request_id?: string | undefined;
  row?: number | undefined;
  name?: string | undefined;
  value?: number | null | undefined;
  label?: string | null | undefined;
  reward?: number | null | undefined;
  at_ms?: number | undefined;
  actor?: string | undefined;
}

export interface WholePrediction {
  prediction: Prediction;
  outcomes?: Outcome[] | undefined;
  model?: { name?: string; version?: string; run_id?: string | null; source?: string | null } | null | undefined;
  approvals?: { actor?: string; decision?: string; at_ms?: number; comment?: string | null }[] | undefined;
  lineage?: string | null | undefined;
  logged?: boolean | undefined;
}

export interface Explanation {
  method?: string | undefined;
  output?: string | undefined;
  background?: { rows?: number; from?: string } | undefined;
  samples?: number | undefined;
  exact?: boolean | undefined;
  explanations?: { row?: number; base?: number; prediction?: number; attributions?: { name?: string; value?: number | string | boolean | null; attribution?: number; error?: number }[] }[] | undefined;
}

/** What is noted of each request. */
export interface PredictionLog {
  enabled?: boolean | undefined;
  payload?: boolean | undefined;
  sample?: number | undefined;
  keep_days?: number | undefined;
  columns?: Record<string, string> | undefined;
  cloud_events_url?: string | null | undefined;
  counts?: Record<string, number> | undefined;
}

export interface AbArm {
  name?: string | undefined;
  version?: string | undefined;
  control?: boolean | undefined;
  requests?: number | undefined;
  units?: number | undefined;
  with_outcome?: number | undefined;
  mean?: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
  errors?: number | undefined;
  p50_us?: number | undefined;
  p99_us?: number | undefined;
}

export interface AbComparison {
  arm?: string | undefined;
  difference?: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
  lift?: number | null | undefined;
  lift_low?: number | null | undefined;
  lift_high?: number | null | undefined;
  p_value?: number | null | undefined;
  anytime_low?: number | null | undefined;
  anytime_high?: number | null | undefined;
  anytime_p_value?: number | null | undefined;
  needed_units?: number | null | undefined;
}

/** Which arm is better, by exposures joined with outcomes. */
export interface AbResult {
  outcome?: string | undefined;
  kind?: string | undefined;
  alpha?: number | undefined;
  from_ms?: number | undefined;
  to_ms?: number | undefined;
  unit?: string | undefined;
  mixed_units?: number | undefined;
  sampled?: number | null | undefined;
  arms?: AbArm[] | undefined;
  comparisons?: AbComparison[] | undefined;
  ratio?: { expected?: number[]; observed?: number[]; p_value?: number | null; mismatch?: boolean } | null | undefined;
  advice?: { decision?: string; reason?: string } | undefined;
}

/** A measured load: this machine, so many requests a second at such a p99. */
export interface Capacity {
  version?: string | undefined;
  requests_per_second?: number | undefined;
  p50_us?: number | undefined;
  p99_us?: number | undefined;
  bound_us?: number | undefined;
  seconds?: number | undefined;
  errors?: number | undefined;
  machine?: string | undefined;
  cores?: number | undefined;
  at_ms?: number | undefined;
  actor?: string | undefined;
}
