/** `bytes` cut at each of `cuts` (taken modulo its length), in order; every byte is in exactly one piece. */
export function inPieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}
