/**
 * A function that computes anew only when one of its inputs is another one (by identity) than the time before: for what is derived
 * from the state, is asked for several times per frame, and grows with the number of servers.
 */
export function remembered<A, T>(
  inputsOf: (given: A) => readonly unknown[],
  compute: (given: A) => T,
): (given: A) => T {
  let last: { readonly inputs: readonly unknown[]; readonly result: T } | null = null;
  return (given) => {
    const inputs = inputsOf(given);
    if (last !== null && inputs.every((input, index) => input === last?.inputs[index])) return last.result;
    last = { inputs, result: compute(given) };
    return last.result;
  };
}
