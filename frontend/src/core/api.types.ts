/** What the gateway says and accepts, word for word as in docs/architecture/interfaces.md. */

export type Status = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export type Stage =
  | 'queued'
  | 'sending'
  | 'warming'
  | 'generating'
  | 'saving'
  | 'done'
  | 'failed'
  | 'cancelled';

export type Fault = 'user' | 'provider' | 'us';

export interface JobError {
  code: string;
  en: string;
  th: string;
  fault: Fault;
  retryable: boolean;
}

export interface Progress {
  step: number | null;
  steps: number | null;
  percent: number | null;
}

export interface Eta {
  p50_ms: number | null;
  p90_ms: number | null;
  n: number;
}

export interface JobCredits {
  held: number;
  charged: number;
  released: number;
  reason: 'done' | 'failed' | 'cancelled' | null;
}

export interface TimelineEntry {
  stage: Stage;
  at: string;
}

export interface Job {
  id: string;
  status: Status;
  stage: Stage;
  prompt: string;
  negative_prompt: string;
  model: string;
  ratio: string;
  seed: number;
  image_url: string | null;
  result_url: string | null;
  thumbnail_url: string | null;
  download_url: string | null;
  image_download_url: string | null;
  result_width: number | null;
  result_height: number | null;
  error: JobError | null;
  attempts: number;
  progress: Progress | null;
  queue_position: number | null;
  eta: Eta;
  credits: JobCredits;
  timeline: TimelineEntry[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  server_time: string;
}

export interface JobPage {
  items: Job[];
  next_cursor: string | null;
}

export interface JobEvent {
  event: string;
  seq: number;
  job: Job;
}

export interface Account {
  id: string;
  kind: string;
  balance_credits: number;
  held_credits: number;
  available_credits: number;
}

export interface Ratio {
  id: string;
  width: number;
  height: number;
}

export interface Model {
  id: string;
  needs_image: boolean;
  price_credits: number;
}

export interface Config {
  limits: {
    upload_bytes: number;
    upload_megapixels: number;
    min_side_px: number;
    prompt_code_points: number;
  };
  formats: string[];
  ratios: Ratio[];
  models: Model[];
  default_ratio: string;
  guest_accounts: boolean;
  simulator: boolean;
}

export type Param = string | number | boolean | null;

export interface ProblemJson {
  type: string;
  title: string;
  status: number;
  code: string;
  en: string;
  th: string;
  params: Record<string, Param>;
  fault: Fault;
  retryable: boolean;
  charged: boolean;
  retry_after: number | null;
  request_id: string;
}
