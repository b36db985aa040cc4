import { BASE } from './api';
import type { Job } from './api.types';
import { noteServerTime } from './clock';
import { Problem } from './problem';

export interface JobInput {
  prompt: string;
  ratio: string;
  photo: { blob: Blob; name: string } | null;
  negativePrompt?: string;
  idempotencyKey: string;
}

export interface Upload {
  done: Promise<Job>;
  abort(): void;
}

export function formOf(input: JobInput): FormData {
  const form = new FormData();
  form.set('prompt', input.prompt);
  form.set('ratio', input.ratio);
  form.set('model', input.photo ? 'qwen-image-edit' : 'qwen-image');
  if (input.negativePrompt) form.set('negative_prompt', input.negativePrompt);
  if (input.photo) form.set('image', input.photo.blob, input.photo.name);
  return form;
}

/** Send a job. XHR, because fetch cannot tell how many bytes have left. */
export function createJob(input: JobInput, onProgress: (sent: number, total: number) => void): Upload {
  const xhr = new XMLHttpRequest();
  const done = new Promise<Job>((resolve, reject) => {
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded, event.total);
    };
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        try {
          const job = JSON.parse(xhr.responseText) as Job;
          noteServerTime(job.server_time);
          resolve(job);
          return;
        } catch {
          // falls through to the refusal below
        }
      }
      const headers = { get: (name: string) => xhr.getResponseHeader(name) };
      reject(Problem.fromBody(xhr.status, xhr.responseText, headers));
    };
    xhr.onerror = () => reject(new Problem(navigator.onLine === false ? 'offline' : 'upload_interrupted'));
    xhr.onabort = () => reject(new Problem('upload_cancelled'));
  });
  xhr.open('POST', `${BASE}/jobs`);
  xhr.setRequestHeader('Accept', 'application/json');
  xhr.setRequestHeader('Idempotency-Key', input.idempotencyKey);
  xhr.send(formOf(input));
  return { done, abort: () => xhr.abort() };
}
