/** The client, for programs that import the package: its other modules are no interface. */
export {status} from '@grpc/grpc-js';
export * from './grpc/client.ts';
export type {RetryPolicy} from './grpc/retry-policy.ts';
