/** Another system that is measured beside this one, as its operators would run it. */
import type { MeasuredProcess } from '../cluster.ts';
import type { Missing } from './tools.ts';

export const PEERS = ['kafka', 'nats', 'nats-fsync'] as const;
export type PeerName = (typeof PEERS)[number];

export interface PeerRun {
  readonly messagesPerSecond: number;
  /** Of all brokers together, for each message. */
  readonly brokerCpuMicros: number;
}

/** Its producer with one choice of what makes it faster. */
export interface PeerProducer {
  readonly settings: string;
  /**
   * One producer as fast as it goes, to one partition of its own on three replicas, each message
   * acknowledged by most of them at least. Throws if they are not all there in the end.
   */
  produce(options: { readonly messages: number; readonly size: number }): Promise<PeerRun>;
}

/** Up and running; whoever started it stops it. */
export interface Peer {
  readonly name: PeerName;
  /** As people say it. */
  readonly title: string;
  readonly version: string;
  /** What has become of a message when it is acknowledged. */
  readonly durability: string;
  readonly brokers: readonly MeasuredProcess[];
  /** For the runs that warm it up. */
  readonly warmUp: PeerProducer;
  /** The fastest of these is measured. */
  readonly sweep: readonly PeerProducer[];
  /** More would take too long, where it is slow; null where it is not. */
  readonly messagesMax: number | null;
  stop(): Promise<void>;
}

/** Starts it in a directory of its own, or says why it cannot be had. */
export async function startPeer(
  name: PeerName,
  options: { readonly directory?: string },
): Promise<Peer | Missing> {
  switch (name) {
    case 'kafka': {
      const { startKafkaPeer } = await import('./kafka/kafka-peer.ts');
      return startKafkaPeer(options);
    }
    case 'nats': {
      const { startNatsPeer } = await import('./nats/nats-peer.ts');
      return startNatsPeer({ ...options, sync: 'every 2 minutes' });
    }
    case 'nats-fsync': {
      const { startNatsPeer } = await import('./nats/nats-peer.ts');
      return startNatsPeer({ ...options, sync: 'always' });
    }
  }
}
