const MODES = '\u001B[?2026l\u001B[?2004l\u001B[0m';
const NORMAL_SCREEN = '\u001B[?1049l';
const CURSOR = '\u001B[?25h';

/**
 * Puts a terminal back as it was: end of a synchronised frame, no bracketed paste, default colours, the normal screen, a visible
 * cursor. Harmless when it already is, except that leaving a full screen nobody entered would move the cursor.
 */
export const restoreSequence = (isFullScreen: boolean): string => MODES + (isFullScreen ? NORMAL_SCREEN : '') + CURSOR;
