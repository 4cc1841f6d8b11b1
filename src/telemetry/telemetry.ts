import { SILENT_LOGGER, type Logger } from './logger.ts';
import { Metrics } from './metrics.ts';

/** What a host is given to be heard: one line where an operator would ask, and numbers to watch. */
export interface Telemetry extends Logger {
  readonly metrics: Metrics;
}

/** Telemetry of one process, over a logger that may be shared. */
export function createTelemetry(
  logger: Logger = SILENT_LOGGER,
  metrics: Metrics = new Metrics(),
): Telemetry {
  return { metrics, event: (name, fields) => logger.event(name, fields) };
}
