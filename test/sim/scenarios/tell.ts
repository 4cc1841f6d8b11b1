import { Story, type StoryOptions } from './story.ts';

/**
 * Tells a story to its end. From a macrotask of its own: the simulator runs microtasks by hand, which
 * nobody can from within one. What fails says how things stood and what happened last.
 */
export function tell(body: (story: Story) => void, options: StoryOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      const story = new Story(options);
      try {
        story.begin();
        body(story);
        resolve();
      } catch (error) {
        reject(explained(story, error));
      } finally {
        story.world.close();
      }
    });
  });
}

function explained(story: Story, error: unknown): Error {
  const failure = error instanceof Error ? error : new Error(String(error));
  const happened = story.world.trace.lines.slice(-TRACE_LINES).join('\n');
  failure.message += `\n${story.describe()}\n${happened}`;
  return failure;
}

const TRACE_LINES = 40;
