/**
 * Puts a terminal back as it was: end of a synchronised frame, no bracketed paste, default colours, the normal screen, a visible
 * cursor. Harmless when it already is.
 */
export const RESTORE = '\u001B[?2026l\u001B[?2004l\u001B[0m\u001B[?1049l\u001B[?25h';
