/** A run was told to end: what was made is removed, and nothing is judged. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** As `work`, but ends at once, with `Interrupted`, when `signal` aborts. `work` itself goes on. */
export function unlessInterrupted<Value>(
  signal: AbortSignal,
  work: Promise<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Interrupted('the run was interrupted'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
