// Original file: protos/redraft/v1/redraft.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyEditRequest as _redraft_v1_ApplyEditRequest, ApplyEditRequest__Output as _redraft_v1_ApplyEditRequest__Output } from '../../redraft/v1/ApplyEditRequest.ts';
import type { ApplyEditResponse as _redraft_v1_ApplyEditResponse, ApplyEditResponse__Output as _redraft_v1_ApplyEditResponse__Output } from '../../redraft/v1/ApplyEditResponse.ts';

export interface RedraftClient extends grpc.Client {
  ApplyEdit(argument: _redraft_v1_ApplyEditRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_redraft_v1_ApplyEditResponse__Output>;
  ApplyEdit(argument: _redraft_v1_ApplyEditRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_redraft_v1_ApplyEditResponse__Output>;
  applyEdit(argument: _redraft_v1_ApplyEditRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_redraft_v1_ApplyEditResponse__Output>;
  applyEdit(argument: _redraft_v1_ApplyEditRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_redraft_v1_ApplyEditResponse__Output>;
  
}

export interface RedraftHandlers extends grpc.UntypedServiceImplementation {
  ApplyEdit: grpc.handleServerStreamingCall<_redraft_v1_ApplyEditRequest__Output, _redraft_v1_ApplyEditResponse>;
  
}

export interface RedraftDefinition extends grpc.ServiceDefinition {
  ApplyEdit: MethodDefinition<_redraft_v1_ApplyEditRequest, _redraft_v1_ApplyEditResponse, _redraft_v1_ApplyEditRequest__Output, _redraft_v1_ApplyEditResponse__Output>
}
