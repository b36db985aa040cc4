import type { Job } from './api.types';
import type { KeptPhoto } from './blobs';
import { noteServerTime } from './clock';
import { noteRequest } from './last-request';
import { Problem } from './problem';
import { noteRefusal } from './session';
import { BASE, unreachable } from './wire';

/** A request for a picture, complete. The same key never makes two jobs. */
export interface JobInput {
  prompt: string;
  ratio: string;
  seed: number | null;
  photo: KeptPhoto | null;
  /** The job whose result is the photo, or what the photo was made of. */
  parent: string | null;
  idempotencyKey: string;
}

export interface Upload {
  done: Promise<Job>;
  abort(): void;
}

export type OnBytes = (sent: number, total: number) => void;

export function formOf(input: JobInput): FormData {
  const form = new FormData();
  form.set('prompt', input.prompt);
  form.set('ratio', input.ratio);
  form.set('model', input.photo || input.parent ? 'qwen-image-edit' : 'qwen-image');
  if (input.seed !== null) form.set('seed', String(input.seed));
  if (input.parent) form.set('parent', input.parent);
  if (input.photo) form.set('image', input.photo.blob, input.photo.name);
  return form;
}

/** Send a job once. XHR, because fetch cannot tell how many bytes have left. */
export function createJob(input: JobInput, onBytes: OnBytes): Upload {
  const xhr = new XMLHttpRequest();
  const done = new Promise<Job>((resolve, reject) => {
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) onBytes(event.loaded, event.total);
    };
    xhr.onload = () => {
      try {
        resolve(jobOf(xhr));
      } catch (cause) {
        reject(cause);
      }
    };
    xhr.onerror = () => reject(unreachable('upload_interrupted'));
    xhr.onabort = () => reject(new Problem('upload_cancelled'));
  });
  xhr.open('POST', `${BASE}/jobs`);
  xhr.setRequestHeader('Accept', 'application/json');
  xhr.setRequestHeader('Idempotency-Key', input.idempotencyKey);
  xhr.send(formOf(input));
  return { done, abort: () => xhr.abort() };
}

function jobOf(xhr: XMLHttpRequest): Job {
  const headers = { get: (name: string) => xhr.getResponseHeader(name) };
  noteRequest(headers.get('x-request-id'));
  if (xhr.status >= 200 && xhr.status < 300) {
    try {
      const job = JSON.parse(xhr.responseText) as Job;
      noteServerTime(job.server_time);
      return job;
    } catch {
      // not ours: the page of a network that wants a sign-in first, most likely
      throw new Problem('upload_interrupted');
    }
  }
  const refusal = Problem.fromBody(xhr.status, xhr.responseText, headers);
  noteRefusal(refusal);
  throw refusal;
}
