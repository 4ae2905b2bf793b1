import { PeerError } from '../../src/protocol/peer-error.ts';

/** The {@link PeerError} that `promise` rejects with; any other end is a failed test. */
export async function failureOf(promise: Promise<unknown>): Promise<PeerError> {
  const outcome = await promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
  if (outcome instanceof PeerError) return outcome;
  throw new Error('expected a PeerError', { cause: outcome });
}
