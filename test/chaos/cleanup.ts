/** What a run has made outside of itself, and how each piece is removed again. */
export class Cleanup {
  readonly #steps: { readonly what: string; readonly remove: () => unknown }[] = [];

  /** Told as soon as the thing exists. What was made last is removed first. */
  add(what: string, remove: () => unknown): void {
    this.#steps.push({ what, remove });
  }

  /** Removes everything, whatever fails on the way; resolves with a sentence for each failure. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.remove();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`${step.what} could not be removed: ${reason}`);
      }
    }
    return failures;
  }
}
