/** Looks every few milliseconds until `look` answers with something. Throws when the time is over. */
export async function until<T>(
  what: string,
  { withinMs, everyMs = 10 }: { readonly withinMs: number; readonly everyMs?: number },
  look: () => Promise<T | null> | T | null,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) {
      throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    }
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
