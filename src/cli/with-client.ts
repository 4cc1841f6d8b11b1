import { OdradekError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Client } from '../client/index.ts';
import type { Cli } from './cli.ts';
import { CommandError } from './command-error.ts';
import { bootstrapOf, type ClusterOptions } from './options.ts';

/** A person waits for it: long enough for brokers that are just starting, no longer. */
const CONNECT_TIMEOUT_MS = 5_000;
const SUGGESTION_TIMEOUT_MS = 1_000;

/**
 * Calls `run` with a client that has reached a broker, and closes it. Errors that have a remedy come
 * out with it: no broker, no such topic.
 */
export async function withClient<Value>(
  cli: Cli,
  options: ClusterOptions & {
    /** What the command is about. */
    readonly topic?: string | undefined;
  },
  run: (client: Client) => Promise<Value>,
): Promise<Value> {
  const bootstrap = bootstrapOf(cli, options);
  // Loaded only when it is needed: other commands start without gRPC.
  const { Client } = await import('../client/index.ts');
  const client = new Client({
    bootstrap,
    clientId: 'odradek',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  // The client's timers keep no process alive, and between two attempts there is nothing else.
  const keepAlive = setInterval(() => {}, CONNECT_TIMEOUT_MS);
  try {
    await client.connect().catch((error: unknown) => {
      throw notReached(error, bootstrap);
    });
    return await run(client);
  } catch (error) {
    throw await unknownTopic(client, error, options.topic);
  } finally {
    clearInterval(keepAlive);
    await client.close();
  }
}

function notReached(error: unknown, bootstrap: readonly string[]): unknown {
  if (!(error instanceof OdradekError) || error.code !== 'NETWORK_EXCEPTION') return error;
  return new CommandError(
    `no broker answers at ${bootstrap.join(', ')}; is a cluster running? ` +
      'Try `odradek up`, or name its brokers with --bootstrap',
    { code: error.code, cause: error },
  );
}

/** A topic that is not there is mostly one that was mistyped, or that nobody has created yet. */
async function unknownTopic(
  client: Client,
  error: unknown,
  askedFor: string | undefined,
): Promise<unknown> {
  if (!(error instanceof OdradekError) || error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return error;
  const { topic = askedFor, partition } = error;
  if (topic === undefined || partition !== undefined) return error;
  const nearest = await nearestTopic(client, topic);
  const remedy =
    nearest === null
      ? `\`odradek topic create ${topic}\` creates it, \`odradek topic list\` shows what there is`
      : `did you mean ${nearest}?`;
  return new CommandError(`there is no topic ${topic}; ${remedy}`, {
    code: error.code,
    cause: error,
  });
}

async function nearestTopic(client: Client, name: string): Promise<string | null> {
  try {
    const topics = await client.admin.listTopics({ timeoutMs: SUGGESTION_TIMEOUT_MS });
    return nearestName(
      name,
      topics.map((topic) => topic.name),
    );
  } catch (error) {
    // The error that the suggestion is for is what counts; without brokers there is no suggestion.
    if (error instanceof OdradekError) return null;
    throw error;
  }
}
