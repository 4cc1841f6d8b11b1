import type { ErrorCode } from '../base/errors.ts';
import type { ControllerEpoch } from '../base/ids.ts';
import type { ClusterImage } from '../controller/image.ts';
import type { Metrics, PlainCounter, PlainHistogram } from '../telemetry/metrics.ts';
import { stateOf } from './cluster-view.ts';

export interface MeasuredController {
  readonly isActive: () => boolean;
  /** Null until it has one. */
  readonly epoch: () => ControllerEpoch | null;
  /** What is committed. */
  readonly image: () => ClusterImage;
  readonly journalBytes: () => number;
}

/** What a controller shows on `/metrics`: read off its image when asked, counted where nothing remains. */
export class ControllerMetrics {
  readonly #metrics: Metrics;
  readonly #events: PlainCounter;
  readonly #commitDuration: PlainHistogram;

  constructor(metrics: Metrics, controller: MeasuredController) {
    this.#metrics = metrics;
    this.#events = metrics.counter('odradek_metadata_events_total');
    this.#commitDuration = metrics.histogram('odradek_metadata_commit_duration_seconds');
    metrics.gauge('odradek_controller_active', () => (controller.isActive() ? 1 : 0));
    metrics.gauge('odradek_controller_epoch', () => controller.epoch() ?? 0);
    metrics.gauges('odradek_brokers', () => brokersByState(controller.image()));
    metrics.gauge('odradek_topics', () => controller.image().topicCount);
    metrics.gauge('odradek_leaderless_partitions', () => controller.image().leaderlessCount);
    metrics.gauge('odradek_metadata_journal_bytes', controller.journalBytes);
  }

  /** Events that were decided together have reached the disk. Called per append. */
  committed(events: number, seconds: number): void {
    this.#events.add(events);
    this.#commitDuration.observe(seconds);
  }

  fenced(cause: string): void {
    this.#metrics.counter('odradek_broker_fencings_total', { cause }).add();
  }

  refused(rpc: string, code: ErrorCode): void {
    this.#metrics.counter('odradek_requests_refused_total', { rpc, code }).add();
  }
}

/** Every state there is, also those that no broker is in: an alert on one of them finds its series. */
function brokersByState(image: ClusterImage): Iterable<readonly [{ state: string }, number]> {
  const counts = { active: 0, fenced: 0, stopping: 0, full: 0 };
  for (const broker of image.brokers()) counts[stateOf(broker)] += 1;
  return Object.entries(counts).map(([state, count]) => [{ state }, count] as const);
}
