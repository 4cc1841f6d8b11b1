import { address, boolean, bytes, choice, duration, integer, port, text } from './kinds.ts';

/**
 * Every setting of a process, one entry each: name, kind, default, bounds, meaning. The names are
 * Kafka's where Kafka has the setting. A setting added here is read from flags, environment and file,
 * checked, typed and described, with nothing else to change.
 */

const KiB = 1_024;
const MiB = 1_024 * KiB;
const GiB = 1_024 * MiB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Settings of a controller and of a broker alike. */
export const SHARED_SETTINGS = {
  'log.dir': text({
    description: 'the data directory; it belongs to one process at a time',
  }),
  'log.level': choice(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'the least level of the log lines that are written',
  }),
  'grpc.host': text({
    default: '127.0.0.1',
    description: 'the address that gRPC listens on; 0.0.0.0 is all of them',
  }),
  'advertised.host': text({
    default: '',
    description: 'the host that others are told to connect to; empty is grpc.host',
  }),
  'advertised.port': port({
    default: 0,
    description: 'the port that others are told to connect to; 0 is grpc.port',
  }),
  'http.host': text({
    default: '',
    description: 'the address that HTTP (health, metrics, admin) listens on; empty is grpc.host',
  }),
  'http.port': port({
    default: 0,
    description: 'the port that HTTP listens on; 0 is grpc.port + 100',
  }),
  'grpc.message.bytes.max': bytes({
    default: 68 * MiB,
    min: 64 * KiB,
    max: 1 * GiB,
    description: 'the largest gRPC message that is received',
  }),
  'grpc.window.bytes': bytes({
    default: 4 * MiB,
    min: 64 * KiB - 1,
    max: 1 * GiB,
    description: 'the HTTP/2 window of a connection: how much may be under way towards us',
  }),
  'broker.session.timeout.ms': duration({
    default: 1_500,
    min: 20,
    max: 10 * MINUTE,
    description: 'after this long a silence a broker is fenced, and a leader that is cut off stops',
  }),
  'broker.heartbeat.interval.ms': duration({
    default: 250,
    min: 5,
    max: 1 * MINUTE,
    description: 'how often a broker tells the controller that it lives',
  }),
  'session.reopen.grace.ms': duration({
    default: 250,
    max: 1 * MINUTE,
    description: 'how long a broker whose session stream broke may take to open another',
  }),
  'shutdown.timeout.ms': duration({
    default: 30 * SECOND,
    min: 100,
    max: 1 * HOUR,
    description: 'how long a clean stop may take before it is cut short',
  }),
} as const;

/** What a topic has where it says nothing of its own. Keep them the same on every process. */
export const TOPIC_DEFAULT_SETTINGS = {
  'message.max.bytes': bytes({
    default: 1 * MiB + 12,
    min: 61,
    max: 64 * MiB,
    description: 'default of max.message.bytes: the largest batch that is accepted',
  }),
  'message.timestamp.after.max.ms': duration({
    default: 1 * HOUR,
    description: 'default of the topic setting of this name',
  }),
  'min.insync.replicas': integer({
    default: 0,
    max: 100,
    description:
      'default of the topic setting of this name; 0 is 2 from three replicas on, 1 below',
  }),
  'log.durability': choice(['fsync', 'page-cache'], {
    default: 'fsync',
    description: 'default of durability: what an acknowledged record has survived',
  }),
  'log.retention.ms': duration({
    default: 7 * DAY,
    min: -1,
    description: 'default of retention.ms: how long records are kept; -1 is for ever',
  }),
  'log.retention.bytes': bytes({
    default: -1,
    min: -1,
    description: 'default of retention.bytes: how much of a partition is kept; -1 is everything',
  }),
  'log.segment.bytes': bytes({
    default: 256 * MiB,
    min: 512,
    max: 2 * GiB - 1,
    description: 'default of segment.bytes: how large a segment file grows',
  }),
  'log.roll.ms': duration({
    default: 7 * DAY,
    min: 1,
    description: 'default of segment.ms: how old a segment grows',
  }),
  'unclean.leader.election.enable': boolean({
    default: false,
    description: 'default of the topic setting of this name',
  }),
} as const;

/** Settings of a controller alone. */
export const CONTROLLER_SETTINGS = {
  'controller.id': integer({
    default: 0,
    max: 2 ** 31 - 1,
    description: 'this controller’s id',
  }),
  'grpc.port': port({
    default: 9_191,
    description: 'the port that gRPC listens on; 0 is any that is free',
  }),
  'default.replication.factor': integer({
    default: 0,
    max: 100,
    description: 'replicas of a topic that does not say; 0 is 3, or as many as there are brokers',
  }),
  'num.partitions': integer({
    default: 1,
    min: 1,
    max: 10_000,
    description: 'partitions of a topic that does not say',
  }),
  'topic.partitions.max': integer({
    default: 10_000,
    min: 1,
    max: 100_000,
    description: 'the most partitions that one topic may have',
  }),
  'metadata.snapshot.events': integer({
    default: 10_000,
    min: 1,
    description: 'how many events the journal takes before a snapshot replaces them',
  }),
  'metadata.inbox.commands.max': integer({
    default: 10_000,
    min: 1,
    description: 'how many commands may wait for the controller; more are refused',
  }),
  'leader.sweep.interval.ms': duration({
    default: 1 * SECOND,
    min: 5,
    max: 1 * HOUR,
    description: 'how often the controller looks for partitions without a leader',
  }),
  'election.question.timeout.ms': duration({
    default: 50,
    max: 10 * SECOND,
    description: 'how long an election waits for the candidates to say how far they are',
  }),
} as const;

/** Settings of a broker alone. */
export const BROKER_SETTINGS = {
  'broker.id': integer({
    min: 0,
    max: 2 ** 31 - 1,
    description: 'this broker’s id, its own in the cluster and the same for ever',
  }),
  'broker.rack': text({
    default: '',
    description: 'where the broker stands; replicas are spread over racks',
  }),
  'grpc.port': port({
    default: 9_192,
    description: 'the port that gRPC listens on; 0 is any that is free',
  }),
  shards: integer({
    default: 1,
    min: 1,
    max: 64,
    description:
      'threads of this broker, each with partitions, a port and an id of its own: for machines with many cores',
  }),
  'shard.port.step': integer({
    default: 1_000,
    max: 10_000,
    description: 'how far the ports of two shards are apart; 0 is any that are free',
  }),
  'controller.address': address({
    default: '127.0.0.1:9191',
    description: 'where the controller is',
  }),
  'session.reconnect.backoff.ms': duration({
    default: 50,
    min: 1,
    max: 1 * MINUTE,
    description: 'the first wait before a broken connection to the controller is tried again',
  }),
  'session.reconnect.backoff.max.ms': duration({
    default: 500,
    min: 1,
    max: 10 * MINUTE,
    description: 'the longest wait before a broken connection to the controller is tried again',
  }),

  'replica.lag.time.max.ms': duration({
    default: 10 * SECOND,
    min: 10,
    max: 1 * HOUR,
    description: 'how long a follower may lag before it leaves the in-sync replicas',
  }),
  'replica.window.partition.bytes': bytes({
    default: 4 * MiB,
    min: 1 * KiB,
    max: 1 * GiB,
    description: 'how far a leader sends ahead of what a follower has acknowledged, a partition',
  }),
  'replica.window.peer.bytes': bytes({
    default: 32 * MiB,
    min: 1 * KiB,
    max: 4 * GiB,
    description: 'the same for all partitions that one follower copies from one leader',
  }),
  'replica.idle.interval.ms': duration({
    default: 250,
    min: 5,
    max: 1 * MINUTE,
    description:
      'how often a leader and a follower exchange signs of life while nothing is written',
  }),
  'replica.retry.backoff.ms': duration({
    default: 50,
    min: 1,
    max: 1 * MINUTE,
    description: 'how long a follower waits before it asks a leader again that refused it',
  }),
  'handover.hold.ms': duration({
    default: 500,
    min: 10,
    max: 1 * MINUTE,
    description: 'how long new writes wait at most while leadership is handed over',
  }),

  'log.index.interval.bytes': bytes({
    default: 4 * KiB,
    min: 1,
    max: 64 * MiB,
    description: 'how many bytes of batches lie between two entries of the offset index',
  }),
  'log.retention.check.interval.ms': duration({
    default: 5 * MINUTE,
    min: 10,
    description: 'how often retention is looked after',
  }),
  'log.cleaner.backoff.ms': duration({
    default: 15 * SECOND,
    min: 10,
    max: 1 * HOUR,
    description: 'how often it is looked whether a compacted log needs cleaning',
  }),
  'log.cleaner.dedupe.buffer.bytes': bytes({
    default: 64 * MiB,
    min: 1 * KiB,
    max: 4 * GiB,
    description:
      'memory for the keys of one cleaning, 24 bytes each; more of them are cleaned in several rounds',
  }),
  'log.cleaner.io.max.bytes.per.second': bytes({
    default: 64 * MiB,
    min: 64 * KiB,
    max: 16 * GiB,
    description: 'how much cleaning reads and writes in a second at most',
  }),
  'producer.id.expiration.ms': duration({
    default: 1 * DAY,
    min: 1,
    description:
      'after how long without a batch a producer is forgotten, and with it what it sent before',
  }),
  'transaction.state.topic.partitions': integer({
    default: 16,
    min: 1,
    max: 1_000,
    description: 'partitions of __transaction_state when it is made; fixed from then on',
  }),
  'offsets.topic.partitions': integer({
    default: 16,
    min: 1,
    max: 1_000,
    description: 'partitions of __consumer_offsets when it is made; fixed from then on',
  }),
  'transaction.timeout.ms': duration({
    default: 1 * MINUTE,
    min: 1,
    description: 'after how long a transaction is aborted whose producer does not say',
  }),
  'transaction.max.timeout.ms': duration({
    default: 15 * MINUTE,
    min: 1,
    description: 'the longest that a producer may ask for before its transaction is aborted',
  }),
  'transaction.check.interval.ms': duration({
    default: 500,
    min: 5,
    max: 1 * HOUR,
    description: 'how often a coordinator looks for transactions that are open for too long',
  }),
  'transactional.id.expiration.ms': duration({
    default: 7 * DAY,
    min: 1,
    description: 'after how long without use a transactional id is forgotten',
  }),
  'log.tail.cache.bytes': bytes({
    default: 8 * MiB,
    min: 0,
    max: 1 * GiB,
    description: 'how much of a partition’s tail is kept in memory',
  }),
  'log.tail.cache.total.bytes': bytes({
    default: 64 * MiB,
    min: 0,
    max: 64 * GiB,
    description: 'how much memory the tails of all partitions may take',
  }),
  'log.direct.io.bytes.min': bytes({
    default: 64 * KiB,
    min: -1,
    description:
      'writes to a log that are not smaller pass the page cache by (O_DIRECT), where the file system can; -1 is never',
  }),
  'durable.mark.interval.ms': duration({
    default: 1 * SECOND,
    min: 1,
    max: 1 * HOUR,
    description: 'how long the durable mark may trail behind what has been flushed',
  }),
  'disk.reserve.bytes': bytes({
    default: 256 * MiB,
    description: 'below this much free space writes of clients are refused',
  }),
  'disk.check.interval.ms': duration({
    default: 1 * SECOND,
    min: 10,
    max: 1 * HOUR,
    description: 'how often free space is looked at',
  }),

  'produce.inflight.bytes.max': bytes({
    default: 64 * MiB,
    min: 64 * KiB,
    max: 16 * GiB,
    description:
      'how many bytes of batches may wait for their acknowledgement, all clients together',
  }),
  'produce.stream.inflight.bytes.max': bytes({
    default: 16 * MiB,
    min: 64 * KiB,
    max: 16 * GiB,
    description: 'the same for one stream; a stream that reaches it is read no further',
  }),
  'produce.timeout.max.ms': duration({
    default: 2 * MINUTE,
    min: 1,
    description: 'the longest that a client may have an acknowledgement waited for',
  }),
  'partition.inbox.max': integer({
    default: 10_000,
    min: 1,
    description: 'how many inputs may wait for one partition; more are refused',
  }),
  'fetch.max.bytes': bytes({
    default: 55 * MiB,
    min: 1 * KiB,
    max: 1 * GiB,
    description: 'the most that one fetch returns',
  }),
  'fetch.max.wait.ms': duration({
    default: 30 * SECOND,
    description: 'the longest that a fetch waits for records',
  }),
  'fetch.waiting.max': integer({
    default: 10_000,
    min: 1,
    description: 'how many fetches may wait for records at a time; more are refused',
  }),
  'fetch.stream.frame.bytes': bytes({
    default: 1 * MiB,
    min: 1 * KiB,
    max: 64 * MiB,
    description: 'about how large a message of a fetch stream grows',
  }),
  'fetch.stream.credit.bytes.max': bytes({
    default: 64 * MiB,
    min: 1 * KiB,
    max: 1 * GiB,
    description: 'the most credit that a fetch stream may have',
  }),
} as const;
