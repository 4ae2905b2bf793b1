/** What a client needs to know of the control protocol, apart from the schemas, which take long to load. */

/** Moves when a request or result changes shape; client and supervisor of different numbers do not talk. */
export const CONTROL_VERSION = 1;

/** Notification from the supervisor to a subscribed client. */
export const EVENT = 'event';
