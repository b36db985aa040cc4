import { newId } from './ids';

/** The keys of jobs that are tried again: until that is settled it is one request, however often somebody asks. */
export class Retries {
  private readonly keys = new Map<string, string>();

  keyOf(jobId: string): string {
    const key = this.keys.get(jobId) ?? newId();
    this.keys.set(jobId, key);
    return key;
  }

  /** What was sent under this key is a job, or was refused: whoever tries again asks for another. */
  settle(key: string): void {
    for (const [jobId, known] of this.keys) if (known === key) this.keys.delete(jobId);
  }
}
