import { METHOD_NOT_FOUND, rpcError } from '../rpc-codes.ts';

export function unknownMethod(method: string) {
  return rpcError(METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 100)}`);
}
