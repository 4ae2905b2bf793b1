/** Exit code of a supervisor that found the lock held: whoever started it connects to the holder. */
export const LOCK_HELD = 75;
