/** What most of a world's load goes to. */
export const TOPIC = 'orders';
/** Has one partition; not in every world. */
export const COMPACTED_TOPIC = 'states';
