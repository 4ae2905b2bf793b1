/** Text of somebody else (a server's last words, a title) on one line: no control character reaches the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ').trim();
}

/** The same for a text of several lines, which stay. */
export function multiLine(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029]+/g, ' '))
    .join('\n');
}
