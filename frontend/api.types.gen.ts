// Made by `make types` from the gateway's schemas.
// schemas a007c4a9eee218fd34214d25f4d1fa5d1077c1b95281ecd27be803a6a2d5fa72
// types e21938ff13be03bf8284f53c424e0e5936d12fb4b41a66e637fa1e219f8d4ad9
/**
 * An account and its credits.
 */
export type Account = {
    id: string;
    kind: string;
    balance_credits: number;
    held_credits: number;
    available_credits: number;
};

/**
 * Limits, choices and prices.
 */
export type Config = {
    limits: Limits;
    formats: Array<string>;
    download: Download;
    picture_sides_px: Array<number>;
    ratios: Array<RatioChoice>;
    models: Array<ModelChoice>;
    default_ratio: Ratio;
    retention_days: number | null;
    guest_accounts: boolean;
    simulator: boolean;
    build: string | null;
};

/**
 * The formats in which a finished picture can be saved, and the qualities of JPEG and WebP.
 */
export type Download = {
    formats: Array<PictureFormat>;
    qualities: Array<number>;
};

/**
 * From the start of the work, how long the last `n` jobs of the same kind took.
 */
export type Eta = {
    p50_ms: number | null;
    p90_ms: number | null;
    n: number;
};

/**
 * Who has to act for the error to go away.
 */
export type Fault = 'user' | 'provider' | 'us';

/**
 * The service answers and can do its work.
 */
export type Health = {
    status: string;
    service: string;
};

/**
 * What became of the credits.
 */
export type JobCredits = {
    held: number;
    charged: number;
    released: number;
    reason: 'done' | 'failed' | 'cancelled' | null;
};

/**
 * Why a job ended without a picture.
 */
export type JobError = {
    code: 'cancel_too_late' | 'cursor_invalid' | 'deadline' | 'event_unreadable' | 'forbidden_origin' | 'format_unknown' | 'idempotency_key_invalid' | 'idempotency_mismatch' | 'image_animated' | 'image_missing' | 'image_too_large' | 'image_too_small' | 'image_unexpected' | 'insufficient_credits' | 'internal_error' | 'invalid_image' | 'maintenance' | 'method_not_allowed' | 'model_unknown' | 'not_found' | 'object_conflict' | 'object_missing' | 'parent_unknown' | 'payload_too_large' | 'prompt_empty' | 'prompt_invalid' | 'prompt_too_long' | 'provider_failed' | 'provider_no_image' | 'provider_paused' | 'provider_payload_too_large' | 'provider_rejected' | 'provider_result_invalid' | 'provider_unavailable' | 'quality_invalid' | 'rate_limited' | 'ratio_unknown' | 'request_malformed' | 'result_expired' | 'result_lost' | 'result_not_ready' | 'search_invalid' | 'seed_invalid' | 'service_unavailable' | 'session_invalid' | 'size_unknown' | 'status_unknown' | 'timed_out' | 'too_many_jobs' | 'unauthorized' | 'unsupported_format' | 'unsupported_media_type' | 'upload_interrupted' | 'validation_failed' | 'workflow_invalid';
    en: string;
    th: string;
    fault: Fault;
    retryable: boolean;
};

/**
 * Some jobs, newest first; `next_cursor` leads to the older ones.
 */
export type JobPage = {
    items: Array<Job>;
    next_cursor: string | null;
};

/**
 * A job.
 */
export type Job = {
    id: string;
    status: Status;
    stage: Stage;
    prompt: string;
    negative_prompt: string;
    model: Model;
    ratio: Ratio;
    seed: number;
    parent_id: string | null;
    image_url: string | null;
    result_url: string | null;
    thumbnail_url: string | null;
    download_url: string | null;
    image_download_url: string | null;
    image_thumbnail_url: string | null;
    result_width: number | null;
    result_height: number | null;
    error: JobError | null;
    attempts: number;
    progress: Progress | null;
    queue_position: number | null;
    eta: Eta;
    credits: JobCredits;
    timeline: Array<TimelineEntry>;
    created_at: string;
    started_at: string | null;
    finished_at: string | null;
    expires_at: string | null;
    server_time: string;
};

/**
 * What an upload and a prompt may measure.
 */
export type Limits = {
    upload_bytes: number;
    upload_megapixels: number;
    min_side_px: number;
    prompt_code_points: number;
};

/**
 * A picture model that a job may ask for.
 */
export type Model = 'qwen-image-edit' | 'qwen-image';

/**
 * A model and its price.
 */
export type ModelChoice = {
    id: Model;
    needs_image: boolean;
    price_credits: number;
};

/**
 * A format in which a result can be saved.
 */
export type PictureFormat = 'png' | 'jpeg' | 'webp';

/**
 * How far the provider is; what it does not say is null.
 */
export type Progress = {
    step: number | null;
    steps: number | null;
    percent: number | null;
};

/**
 * The shape of the result, width to height.
 */
export type Ratio = '1:1' | '9:16' | '16:9';

/**
 * A shape and its size in pixels with the model that edits.
 */
export type RatioChoice = {
    id: Ratio;
    width: number;
    height: number;
};

/**
 * How many jobs are looked at again.
 */
export type Rung = {
    rung: number;
};

/**
 * What a person is shown of the state; finer while RunPod works.
 */
export type Stage = 'queued' | 'sending' | 'warming' | 'generating' | 'saving' | 'done' | 'failed' | 'cancelled';

/**
 * The coarse public state.
 */
export type Status = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/**
 * When a job entered a stage.
 */
export type TimelineEntry = {
    stage: Stage;
    at: string;
};

/**
 * What an ``event: job`` carries; `job` is always the whole current job.
 */
export type JobEvent = {
    event: string;
    seq: number;
    job: Job;
};

/**
 * Why a request was refused, in a form for programs and in two languages for people.
 */
export type Problem = {
    type: string;
    title: string;
    status: number;
    code: 'cancel_too_late' | 'cursor_invalid' | 'deadline' | 'event_unreadable' | 'forbidden_origin' | 'format_unknown' | 'idempotency_key_invalid' | 'idempotency_mismatch' | 'image_animated' | 'image_missing' | 'image_too_large' | 'image_too_small' | 'image_unexpected' | 'insufficient_credits' | 'internal_error' | 'invalid_image' | 'maintenance' | 'method_not_allowed' | 'model_unknown' | 'not_found' | 'object_conflict' | 'object_missing' | 'parent_unknown' | 'payload_too_large' | 'prompt_empty' | 'prompt_invalid' | 'prompt_too_long' | 'provider_failed' | 'provider_no_image' | 'provider_paused' | 'provider_payload_too_large' | 'provider_rejected' | 'provider_result_invalid' | 'provider_unavailable' | 'quality_invalid' | 'rate_limited' | 'ratio_unknown' | 'request_malformed' | 'result_expired' | 'result_lost' | 'result_not_ready' | 'search_invalid' | 'seed_invalid' | 'service_unavailable' | 'session_invalid' | 'size_unknown' | 'status_unknown' | 'timed_out' | 'too_many_jobs' | 'unauthorized' | 'unsupported_format' | 'unsupported_media_type' | 'upload_interrupted' | 'validation_failed' | 'workflow_invalid';
    en: string;
    th: string;
    params: {
        [key: string]: string | number | number | boolean | null;
    };
    fault: Fault;
    retryable: boolean;
    charged?: boolean;
    retry_after?: number | null;
    request_id: string;
};
